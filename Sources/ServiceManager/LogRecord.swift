/// Severity of a log line; the raw value is syslog's priority.
package enum LogLevel: Int, Sendable, Comparable {
  /// The process ends, something was lost, or people must repair something.
  case error = 3
  /// Handled, but people may want to know.
  case warning = 4
  case info = 6
  case debug = 7

  /// The name in log lines, which configuration files use as well.
  package var name: String { "\(self)" }

  /// A less severe level is less than a more severe one.
  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rawValue > right.rawValue
  }
}

/// The value of a field; control characters and the like are escaped when it is written.
package enum LogValue: Sendable, Equatable {
  case string(String)
  case integer(Int64)

  package static func count(_ value: some BinaryInteger) -> LogValue {
    .integer(Int64(clamping: value))
  }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
}

package typealias LogFields = KeyValuePairs<String, LogValue>

/// One event, before it is written in some form.
package struct LogRecord: Sendable {
  package let level: LogLevel
  package let message: String
  package let fields: [(name: String, value: LogValue)]

  package init(level: LogLevel, message: String, fields: [(name: String, value: LogValue)]) {
    self.level = level
    self.message = message
    self.fields = fields
  }
}
