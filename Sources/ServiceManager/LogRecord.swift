/// How bad it is; the raw value is syslog's priority.
package enum LogLevel: Int, Sendable, CaseIterable, Comparable {
  /// The process can't go on.
  case critical = 2
  /// Something was lost or must be repaired by people.
  case error = 3
  /// Handled, but people may want to know.
  case warning = 4
  case info = 6
  case debug = 7

  /// The name in configuration files and log lines.
  package init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  package var name: String { "\(self)" }

  /// The less severe is the lesser.
  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rawValue > right.rawValue
  }
}

/// The value of a field; hostile content is made harmless when it is written.
package enum LogValue: Sendable, Equatable {
  case string(String)
  case integer(Int64)
  case number(Double)
  case bool(Bool)
  /// Text of unknown making; what is not UTF-8 becomes U+FFFD.
  case bytes([UInt8])

  package static func count(_ value: some BinaryInteger) -> LogValue {
    .integer(Int64(clamping: value))
  }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
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
