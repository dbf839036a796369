// The text of a rule: `FREQ=WEEKLY;INTERVAL=2;BYDAY=SU`.

extension RecurrenceRule {
  private static let weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
  private static let textMaximum = 1_000

  /// - Throws: `TimeSeriesError.recurrence` with the part that cannot be read, and what to write.
  package init(_ text: String) throws(TimeSeriesError) {
    self.init(unread: text)
    guard text.utf8.count <= Self.textMaximum else {
      throw error("is longer than \(Self.textMaximum) characters")
    }
    var names: Set<String> = []
    for part in text.split(separator: ";") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = sides[0].uppercased()
      guard sides.count == 2, !sides[1].isEmpty else {
        throw error("'\(part)' is no part of a rule such as FREQ=WEEKLY;BYDAY=SU")
      }
      guard names.insert(name).inserted else { throw error("\(name) is there twice") }
      try read(name, sides[1].uppercased())
    }
    guard names.contains("FREQ") else {
      throw error("has no FREQ: write FREQ=YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY")
    }
    try checkTogether()
  }

  private mutating func read(_ name: String, _ value: String) throws(TimeSeriesError) {
    switch name {
    case "FREQ": frequency = try frequency(value)
    case "INTERVAL": interval = try number(value, in: 1...10_000, name)
    case "COUNT": count = try number(value, in: 1...Int(Int32.max), name)
    case "UNTIL": until = try until(value)
    case "BYSECOND": seconds = try numbers(value, in: 0...59, name)
    case "BYMINUTE": minutes = try numbers(value, in: 0...59, name)
    case "BYHOUR": hours = try numbers(value, in: 0...23, name)
    case "BYDAY": days = try days(value)
    case "BYMONTHDAY": monthDays = try numbers(value, in: -31...31, name, isNonzero: true)
    case "BYYEARDAY": yearDays = try numbers(value, in: -366...366, name, isNonzero: true)
    case "BYWEEKNO": weekNumbers = try numbers(value, in: -53...53, name, isNonzero: true)
    case "BYMONTH": months = try numbers(value, in: 1...12, name)
    case "BYSETPOS": positions = try numbers(value, in: -366...366, name, isNonzero: true)
    case "WKST":
      guard let day = Self.weekdays.firstIndex(of: value) else {
        throw error("WKST=\(value) is no weekday: write MO or SU")
      }
      weekStart = day
    default: throw error("\(name) is not understood")
    }
  }

  private func checkTogether() throws(TimeSeriesError) {
    if count != nil, until != nil { throw error("has COUNT and UNTIL: write one of them") }
    if days.contains(where: { $0.number != 0 }) {
      guard frequency == .monthly || frequency == .yearly && weekNumbers.isEmpty else {
        throw error("numbers weekdays in BYDAY, which only FREQ=MONTHLY and YEARLY have")
      }
    }
    guard weekNumbers.isEmpty || frequency == .yearly else {
      throw error("has BYWEEKNO, which only FREQ=YEARLY has")
    }
    guard yearDays.isEmpty || [.yearly, .hourly].contains(frequency) else {
      throw error("has BYYEARDAY, which only FREQ=YEARLY and HOURLY have")
    }
    guard monthDays.isEmpty || frequency != .weekly else {
      throw error("has BYMONTHDAY, which FREQ=WEEKLY has not")
    }
  }

  private func frequency(_ value: String) throws(TimeSeriesError) -> Frequency {
    guard let frequency = Frequency(rawValue: value.lowercased()) else {
      let isShort = value == "SECONDLY" || value == "MINUTELY"
      throw error(
        "FREQ=\(value) is " + (isShort ? "more often than windows can come" : "unknown")
          + ": write YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY")
    }
    return frequency
  }

  private func until(_ value: String) throws(TimeSeriesError) -> Until {
    guard let time = CalendarTime(value) else {
      throw error("UNTIL=\(value) is no time: write 20261231 or 20261231T235959Z")
    }
    if time.isDate { return .local(time.local + 86_399_999) }
    return time.isUTC ? .utc(time.local) : .local(time.local)
  }

  private func days(_ value: String) throws(TimeSeriesError) -> [Day] {
    var days: [Day] = []
    for text in value.split(separator: ",", omittingEmptySubsequences: false) {
      guard let weekday = Self.weekdays.firstIndex(of: String(text.suffix(2))) else {
        throw error("BYDAY=\(value) has '\(text)': write SU, MO, … or 1SU, -1SU")
      }
      let number = text.dropLast(2)
      days.append(
        Day(
          number: number.isEmpty ? 0 : try self.number(String(number), in: -53...53, "BYDAY"),
          weekday: weekday))
    }
    return days
  }

  private func numbers(
    _ value: String, in range: ClosedRange<Int>, _ name: String, isNonzero: Bool = false
  ) throws(TimeSeriesError) -> [Int] {
    var numbers: Set<Int> = []
    for text in value.split(separator: ",", omittingEmptySubsequences: false) {
      let number = try number(String(text), in: range, name)
      guard number != 0 || !isNonzero else { throw error("\(name) has 0, which is none") }
      numbers.insert(number)
    }
    return numbers.sorted()
  }

  private func number(
    _ text: String, in range: ClosedRange<Int>, _ name: String
  ) throws(TimeSeriesError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw error(
        "\(name) has '\(text)', which is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private func error(_ problem: String) -> TimeSeriesError {
    .recurrence(text: text, problem: problem)
  }
}
