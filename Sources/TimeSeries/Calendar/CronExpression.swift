/// A schedule in UTC of five fields (minute, hour, day of month, month, day of week), as in
/// crontab(5).
struct CronExpression: Sendable, Equatable {
  /// Bit `n` is set if the field allows the value `n`.
  private var minutes: UInt64
  private var hours: UInt64
  private var daysOfMonth: UInt64
  private var months: UInt64
  private var daysOfWeek: UInt64
  /// Whether a day is due if one of the two day fields allows it, and not only if both do: so where
  /// neither field begins with `*`.
  private var isEitherDay: Bool

  private static let nicknames = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
  ]

  init(_ text: String) throws(TimeSeriesError) {
    var expression = text
    if text.hasPrefix("@") {
      guard let known = Self.nicknames[text.lowercased()] else {
        throw .schedule(
          field: "nickname",
          problem: "'\(text)' is none of \(Self.nicknames.keys.sorted().joined(separator: ", "))")
      }
      expression = known
    }
    let words = expression.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard words.count == 5 else {
      throw .schedule(
        field: "expression",
        problem: "'\(text)' has \(words.count) fields; it needs five: minute, hour, day of month, "
          + "month, day of week")
    }
    minutes = try CronField.minute.parse(words[0])
    hours = try CronField.hour.parse(words[1])
    daysOfMonth = try CronField.dayOfMonth.parse(words[2])
    months = try CronField.month.parse(words[3])
    daysOfWeek = try CronField.dayOfWeek.parse(words[4])
    if daysOfWeek & 1 << 7 != 0 { daysOfWeek |= 1 }
    isEitherDay = !words[2].hasPrefix("*") && !words[4].hasPrefix("*")
    guard isEitherDay || isDayPossible else {
      throw .schedule(
        field: "day of month", problem: "no month of '\(words[3])' has a day of '\(words[2])'")
    }
  }

  private var isDayPossible: Bool {
    (1...12).contains { month in
      months & 1 << UInt64(month) != 0
        && (1...CivilDate.longestMonth(month)).contains { daysOfMonth & 1 << UInt64($0) != 0 }
    }
  }

  /// The first minute that is due after a time.
  ///
  /// - Complexity: O(days until then), at most 8 years of days; 28 years for 29 February on a given
  ///   day of the week, and 40 across a century without a leap day.
  func next(after time: Milliseconds) -> Milliseconds {
    let minute = AlignmentSettings.floor(time, to: 60_000) / 60_000 + 1
    var day = Int(AlignmentSettings.floor(minute, to: 1440) / 1440)
    var minuteOfDay = Int(minute) - day * 1440
    while true {
      // The loop ends: some day is due in some year, and the calendar with its weekdays repeats.
      if isDue(day: day), let match = firstMinute(from: minuteOfDay) {
        return Milliseconds(day * 1440 + match) * 60_000
      }
      day += 1
      minuteOfDay = 0
    }
  }

  private func isDue(day: Int) -> Bool {
    let date = CivilDate(daysSince1970: day)
    guard months & 1 << UInt64(date.month) != 0 else { return false }
    let isDate = daysOfMonth & 1 << UInt64(date.day) != 0
    let isWeekday = daysOfWeek & 1 << UInt64(CivilDate.weekday(daysSince1970: day)) != 0
    return isEitherDay ? isDate || isWeekday : isDate && isWeekday
  }

  private func firstMinute(from minuteOfDay: Int) -> Int? {
    for hour in minuteOfDay / 60..<24 where hours & 1 << UInt64(hour) != 0 {
      let first = hour == minuteOfDay / 60 ? minuteOfDay % 60 : 0
      let remaining = minutes >> UInt64(first)
      if remaining != 0 { return hour * 60 + first + remaining.trailingZeroBitCount }
    }
    return nil
  }
}

/// The form of one field of a cron expression: a list of `*`, values and ranges, each of which may
/// have a step.
private struct CronField {
  let name: String
  let range: ClosedRange<Int>
  /// Names of the values, from the first value of the range on.
  var valueNames: [String] = []

  static let minute = CronField(name: "minute", range: 0...59)
  static let hour = CronField(name: "hour", range: 0...23)
  static let dayOfMonth = CronField(name: "day of month", range: 1...31)
  static let month = CronField(
    name: "month", range: 1...12,
    valueNames: [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ])
  static let dayOfWeek = CronField(
    name: "day of week", range: 0...7,
    valueNames: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

  func parse(_ text: String) throws(TimeSeriesError) -> UInt64 {
    var bits: UInt64 = 0
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", omittingEmptySubsequences: false)
      guard let first = parts.first, !first.isEmpty, parts.count <= 2 else {
        throw error("'\(item)' is no value")
      }
      var values = range
      let ends = first.split(separator: "-", omittingEmptySubsequences: false)
      if first != "*" {
        let low = try value(ends[0])
        let high = ends.count == 2 ? try value(ends[1]) : low
        guard ends.count <= 2, low <= high else {
          throw error("'\(first)' is no range from a lower to a higher value")
        }
        values = low...high
      }
      var step = 1
      if parts.count == 2 {
        guard first == "*" || ends.count == 2 else {
          throw error("a step needs a range: write '\(first)-\(range.upperBound)/\(parts[1])'")
        }
        guard let number = number(parts[1]), number >= 1 else {
          throw error("'\(parts[1])' is no step of 1 or more")
        }
        step = min(number, 64)
      }
      for value in stride(from: values.lowerBound, through: values.upperBound, by: step) {
        bits |= 1 << UInt64(value)
      }
    }
    return bits
  }

  private func value(_ text: Substring) throws(TimeSeriesError) -> Int {
    if let index = valueNames.firstIndex(of: text.lowercased()) {
      return range.lowerBound + index
    }
    guard let number = number(text), range.contains(number) else {
      let names = valueNames.isEmpty ? "" : " or a name such as '\(valueNames[0])'"
      throw error("'\(text)' is no number from \(range.lowerBound) to \(range.upperBound)\(names)")
    }
    return number
  }

  /// Accepts digits only; `Int` would also accept a sign.
  private func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
  }

  private func error(_ problem: String) -> TimeSeriesError {
    .schedule(field: name, problem: problem)
  }
}
