package import TimeSeries

/// How the number or text of a timestamp is read.
package enum TimestampUnit: String, Sendable, CaseIterable {
  /// By its magnitude (below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else
  /// nanoseconds); text as `rfc3339`.
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

/// Reads `YYYY-MM-DD`, then optionally `T` or a space, `HH:MM[:SS[.fraction]]` and a zone (`Z`,
/// `±HH`, `±HHMM`, `±HH:MM`); nil where the whole text is not that or is out of range.
package func parseDateTime(_ text: Bytes) -> Milliseconds? {
  var scanner = DateScanner(text: text)
  guard let time = scanner.scan(), scanner.position == text.count,
    TimestampUnit.timeRange.contains(time)
  else { return nil }
  return time
}

private struct DateScanner {
  let text: Bytes
  var position = 0

  mutating func scan() -> Milliseconds? {
    guard let year = digits(4), take(UInt8(ascii: "-")), let month = digits(2),
      take(UInt8(ascii: "-")), let day = digits(2),
      1...12 ~= month, day >= 1, day <= Self.dayCount(month: month, year: year)
    else { return nil }
    let date = Self.days(year: year, month: month, day: day) * 86_400_000
    guard position < text.count else { return date }
    guard take(UInt8(ascii: "T")) || take(UInt8(ascii: "t")) || take(UInt8(ascii: " ")) else {
      return nil
    }
    guard let hour = digits(2), take(UInt8(ascii: ":")), let minute = digits(2) else { return nil }
    var second: Int64 = 0
    var milliseconds: Int64 = 0
    if take(UInt8(ascii: ":")) {
      guard let seconds = digits(2) else { return nil }
      second = seconds
      if take(UInt8(ascii: ".")) {
        guard let fraction = fraction() else { return nil }
        milliseconds = fraction
      }
    }
    // 60 is a leap second; 24:00 is refused.
    guard hour < 24, minute < 60, second <= 60, let zone = zone() else { return nil }
    return date + (hour * 3600 + minute * 60 + second - zone) * 1000 + milliseconds
  }

  /// Seconds east of UTC.
  private mutating func zone() -> Int64? {
    guard position < text.count else { return 0 }
    if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
    let isWest = take(UInt8(ascii: "-"))
    guard isWest || take(UInt8(ascii: "+")), let hours = digits(2) else { return nil }
    var minutes: Int64 = 0
    if position < text.count {
      _ = take(UInt8(ascii: ":"))
      guard let read = digits(2) else { return nil }
      minutes = read
    }
    guard hours < 24, minutes < 60 else { return nil }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  /// Milliseconds; further digits are cut off.
  private mutating func fraction() -> Int64? {
    let start = position
    var milliseconds: Int64 = 0
    var weight: Int64 = 100
    while position < text.count, isDigit(text[position]) {
      milliseconds += Int64(text[position] - UInt8(ascii: "0")) * weight
      weight /= 10
      position += 1
    }
    return position > start ? milliseconds : nil
  }

  private mutating func digits(_ count: Int) -> Int64? {
    guard position + count <= text.count else { return nil }
    var value: Int64 = 0
    for index in position..<position + count {
      guard isDigit(text[index]) else { return nil }
      value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
    }
    position += count
    return value
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private static func dayCount(month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar.
  ///
  /// - Source: Hinnant (2013), "chrono-compatible low-level date algorithms", `days_from_civil`.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = marchYear / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
