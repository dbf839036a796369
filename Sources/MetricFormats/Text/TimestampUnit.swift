package import TimeSeries

/// How the number or text of a timestamp is read.
package enum TimestampUnit: String, Sendable, CaseIterable {
  /// Decided by the magnitude of a number (below 1e11 seconds, 1e14 milliseconds, 1e17
  /// microseconds, else nanoseconds); text as `rfc3339`.
  case auto
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"
  case nanoseconds = "ns"
  /// ISO 8601 date and time; without a zone it is UTC.
  case rfc3339

  /// Times outside 1970…2261 are taken for mistakes: 2262-01-01 is where nanoseconds leave Int64.
  package static let timeRange: Range<Milliseconds> = 0..<9_214_646_400_000

  /// Nil when out of range, or when the unit is not one of numbers.
  package func milliseconds(_ number: Int64) -> Milliseconds? {
    guard number >= 0 else { return nil }
    let time: Milliseconds
    switch self == .auto ? Self.guessed(number) : self {
    case .seconds:
      let (product, isOverflow) = number.multipliedReportingOverflow(by: 1000)
      guard !isOverflow else { return nil }
      time = product
    case .milliseconds: time = number
    case .microseconds: time = number / 1000
    case .nanoseconds: time = number / 1_000_000
    case .auto, .rfc3339: return nil
    }
    return Self.timeRange.contains(time) ? time : nil
  }

  /// Rounds to the nearest millisecond.
  package func milliseconds(_ number: Double) -> Milliseconds? {
    guard number >= 0, number < 9.3e18 else { return nil }
    let unit = self == .auto ? Self.guessed(Int64(number)) : self
    let time: Double
    switch unit {
    case .seconds: time = number * 1000
    case .milliseconds: time = number
    case .microseconds: time = number / 1000
    case .nanoseconds: time = number / 1_000_000
    case .auto, .rfc3339: return nil
    }
    let rounded = time.rounded()
    guard rounded < Double(Self.timeRange.upperBound) else { return nil }
    return Milliseconds(rounded)
  }

  /// Reads a date where the unit allows text.
  package func milliseconds(_ text: Bytes) -> Milliseconds? {
    switch self {
    case .auto, .rfc3339: parseDateTime(text)
    case .seconds, .milliseconds, .microseconds, .nanoseconds: nil
    }
  }

  /// A time as people write it: `2017-10-24`, `2017-10-24 00:00`, `2017-10-24T00:00:00Z`.
  package static func milliseconds(ofDateTime text: String) -> Milliseconds? {
    Array(text.utf8).withUnsafeBufferPointer { parseDateTime($0) }
  }

  private static func guessed(_ number: Int64) -> TimestampUnit {
    switch number {
    case ..<100_000_000_000: .seconds
    case ..<100_000_000_000_000: .milliseconds
    case ..<100_000_000_000_000_000: .microseconds
    default: .nanoseconds
    }
  }
}
