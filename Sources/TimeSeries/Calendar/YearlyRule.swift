/// The yearly changes of a zone to summer time and back: a `TZ` text of POSIX, such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
package struct YearlyRule: Sendable {
  /// A day of the year and a time of that day.
  private struct Change: Sendable {
    enum Day: Sendable {
      /// Month 1…12; week 1…5, where 5 is the month's last; weekday 0…6, where 0 is Sunday.
      case weekday(month: Int, week: Int, weekday: Int)
      /// Day 1…365 of the year; 29 February is not counted.
      case withoutLeapDay(Int)
      /// Day 0…365 of the year; 29 February is counted.
      case ofYear(Int)
    }

    var day: Day
    /// Seconds after midnight, by the clock before the change; may be negative or exceed a day.
    var seconds = 7_200
  }

  /// Offset in seconds east of UTC.
  private var standard: Int
  private var summer: Int
  private var changes: (toSummer: Change, toStandard: Change)?

  /// Reads a `TZ` text; `nil` if it is none.
  package init?(_ text: String) {
    var parser = RuleParser(text: Array(text.utf8))
    guard parser.skipName(), let west = parser.time() else { return nil }
    standard = -west
    summer = standard
    guard !parser.isAtEnd else { return }
    guard parser.skipName() else { return nil }
    summer = standard + 3_600
    if !parser.isAtEnd, !parser.isNext(UInt8(ascii: ",")) {
      guard let west = parser.time() else { return nil }
      summer = -west
    }
    guard let toSummer = Self.change(&parser), let toStandard = Self.change(&parser),
      parser.isAtEnd
    else { return nil }
    changes = (toSummer, toStandard)
  }

  /// Standard time, in milliseconds east of UTC.
  var standardOffset: Milliseconds { Int64(standard) * 1_000 }

  /// Difference of summer time from standard time, in milliseconds; zero if there is no summer time.
  var yearlyChange: Milliseconds {
    changes == nil ? 0 : Int64((summer - standard).magnitude) * 1_000
  }

  /// Offset at a time, in milliseconds east of UTC.
  package func offset(at time: Milliseconds) -> Milliseconds {
    guard let changes else { return Int64(standard) * 1_000 }
    let seconds = AlignmentSettings.floor(time, to: 1_000) / 1_000
    let year = year(of: seconds)
    let begin = Self.time(of: changes.toSummer, year: year) - Int64(standard)
    let end = Self.time(of: changes.toStandard, year: year) - Int64(summer)
    // South of the equator summer spans the turn of the year: its end is before its begin.
    let isSummer =
      begin < end ? (begin..<end).contains(seconds) : !(end..<begin).contains(seconds)
    return Int64(isSummer ? summer : standard) * 1_000
  }

  /// The offset at a time, and the times of the changes before and after it.
  func span(
    at time: Milliseconds
  ) -> (offset: Milliseconds, from: Milliseconds, until: Milliseconds) {
    guard let changes else { return (offset(at: time), .min, .max) }
    let seconds = AlignmentSettings.floor(time, to: 1_000) / 1_000
    let year = year(of: seconds)
    var (from, until) = (Int64.min / 1_000, Int64.max / 1_000)
    func note(_ change: Int64) {
      if change <= seconds { from = max(from, change) } else { until = min(until, change) }
    }
    for year in year - 1...year + 1 {
      note(Self.time(of: changes.toSummer, year: year) - Int64(standard))
      note(Self.time(of: changes.toStandard, year: year) - Int64(summer))
    }
    return (offset(at: time), from * 1_000, until * 1_000)
  }

  private func year(of seconds: Int64) -> Int {
    let local = seconds + Int64(standard)
    return CivilDate(
      daysSince1970: Int(AlignmentSettings.floor(local, to: 86_400) / 86_400)
    ).year
  }

  /// Time of a change in a year, in seconds since 1970 by the clock before the change.
  private static func time(of change: Change, year: Int) -> Int64 {
    let newYear = CivilDate.daysSince1970(year: year, month: 1, day: 1)
    let isLeap = CivilDate.daysSince1970(year: year + 1, month: 1, day: 1) - newYear == 366
    let day: Int
    switch change.day {
    case .ofYear(let number): day = newYear + number
    case .withoutLeapDay(let number): day = newYear + number - (isLeap && number >= 60 ? 0 : 1)
    case .weekday(let month, let week, let weekday):
      let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
      let next = CivilDate.daysSince1970(
        year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
      var found = first + (weekday - CivilDate.weekday(daysSince1970: first) + 7) % 7
      found += 7 * (week - 1)
      day = found >= next ? found - 7 : found
    }
    return Int64(day) * 86_400 + Int64(change.seconds)
  }

  private static func change(_ parser: inout RuleParser) -> Change? {
    guard parser.take(UInt8(ascii: ",")) else { return nil }
    var change: Change
    if parser.take(UInt8(ascii: "M")) {
      guard let month = parser.number(in: 1...12), parser.take(UInt8(ascii: ".")),
        let week = parser.number(in: 1...5), parser.take(UInt8(ascii: ".")),
        let weekday = parser.number(in: 0...6)
      else { return nil }
      change = Change(day: .weekday(month: month, week: week, weekday: weekday))
    } else if parser.take(UInt8(ascii: "J")) {
      guard let day = parser.number(in: 1...365) else { return nil }
      change = Change(day: .withoutLeapDay(day))
    } else {
      guard let day = parser.number(in: 0...365) else { return nil }
      change = Change(day: .ofYear(day))
    }
    if parser.take(UInt8(ascii: "/")) {
      guard let seconds = parser.time() else { return nil }
      change.seconds = seconds
    }
    return change
  }
}

private struct RuleParser {
  let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  func isNext(_ byte: UInt8) -> Bool { position < text.count && text[position] == byte }

  mutating func take(_ byte: UInt8) -> Bool {
    guard isNext(byte) else { return false }
    position += 1
    return true
  }

  /// Skips at least three letters, or anything in angle brackets.
  mutating func skipName() -> Bool {
    let start = position
    if take(UInt8(ascii: "<")) {
      while !isAtEnd, !isNext(UInt8(ascii: ">")) { position += 1 }
      return take(UInt8(ascii: ">"))
    }
    while !isAtEnd, isLetter(text[position]) { position += 1 }
    return position - start >= 3
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  mutating func number(in range: ClosedRange<Int>) -> Int? {
    var value = 0
    let start = position
    while !isAtEnd, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]),
      position - start < 4
    {
      value = 10 * value + Int(text[position] - UInt8(ascii: "0"))
      position += 1
    }
    return position > start && range.contains(value) ? value : nil
  }

  /// Reads `[+-]hh[:mm[:ss]]` as seconds.
  mutating func time() -> Int? {
    let isNegative = take(UInt8(ascii: "-"))
    if !isNegative { _ = take(UInt8(ascii: "+")) }
    guard let hours = number(in: 0...167) else { return nil }
    var seconds = hours * 3_600
    for unit in [60, 1] where take(UInt8(ascii: ":")) {
      guard let part = number(in: 0...59) else { return nil }
      seconds += part * unit
    }
    return isNegative ? -seconds : seconds
  }
}
