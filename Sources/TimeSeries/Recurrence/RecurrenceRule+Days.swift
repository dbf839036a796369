// The periods that a rule counts, and the days of each that it allows.

extension RecurrenceRule {
  /// A year, month, week or day, by the numbers of its days since 1970.
  struct Period {
    var days: Range<Int>
  }

  /// The periods that a rule counts and that have one of the days.
  ///
  /// - Parameter start: the day of the first window, of whose period the counting begins.
  func periods(overlapping days: ClosedRange<Int>, start: Int) -> [Period] {
    switch frequency {
    case .yearly:
      let first = CivilDate(daysSince1970: start).year
      return years(of: days).filter { ($0 - first) % interval == 0 }.map { year in
        Period(days: Self.newYear(year)..<Self.newYear(year + 1))
      }
    case .monthly:
      let first = Self.month(of: start)
      return (Self.month(of: days.lowerBound)...Self.month(of: days.upperBound))
        .filter { ($0 - first) % interval == 0 }
        .map { Period(days: Self.firstDay(ofMonth: $0)..<Self.firstDay(ofMonth: $0 + 1)) }
    case .weekly:
      let first = week(of: start)
      return (week(of: days.lowerBound)...week(of: days.upperBound))
        .filter { ($0 - first) % interval == 0 }
        .map { Period(days: firstDay(ofWeek: $0)..<firstDay(ofWeek: $0) + 7) }
    case .daily:
      return days.filter { ($0 - start) % interval == 0 }.map { Period(days: $0..<$0 + 1) }
    case .hourly:
      return days.map { Period(days: $0..<$0 + 1) }
    }
  }

  /// Whether the rule has windows on a day of a period that it counts.
  func allows(day: Int, in period: Period) -> Bool {
    let date = CivilDate(daysSince1970: day)
    guard months.isEmpty || months.contains(date.month) else { return false }
    if !monthDays.isEmpty {
      let length = Self.month(date).count
      guard monthDays.contains(date.day) || monthDays.contains(date.day - length - 1) else {
        return false
      }
    }
    if !yearDays.isEmpty {
      let year = Self.newYear(date.year)..<Self.newYear(date.year + 1)
      let number = day - year.lowerBound + 1
      guard yearDays.contains(number) || yearDays.contains(number - year.count - 1) else {
        return false
      }
    }
    return (weekNumbers.isEmpty || isInWeek(day)) && (days.isEmpty || isWeekday(day, date, period))
  }

  private func isWeekday(_ day: Int, _ date: CivilDate, _ period: Period) -> Bool {
    let weekday = CivilDate.weekday(daysSince1970: day)
    return days.contains { allowed in
      guard allowed.weekday == weekday else { return false }
      if allowed.number == 0 { return true }
      // Of the year, or of the month where the rule names months.
      let scope = frequency == .yearly && months.isEmpty ? period.days : Self.month(date)
      return allowed.number > 0
        ? (day - scope.lowerBound) / 7 + 1 == allowed.number
        : (scope.upperBound - 1 - day) / 7 + 1 == -allowed.number
    }
  }

  /// Whether the day is in one of the numbered weeks: week 1 is the first with four days of its year.
  private func isInWeek(_ day: Int) -> Bool {
    // The fourth day of a week is in the year that the week belongs to.
    let middle = firstDay(ofWeek: week(of: day)) + 3
    let year = CivilDate(daysSince1970: middle).year
    let number = (middle - Self.newYear(year)) / 7 + 1
    let last =
      firstDay(
        ofWeek: week(of: CivilDate.daysSince1970(year: year, month: 12, day: 28))) + 3
    let count = (last - Self.newYear(year)) / 7 + 1
    return weekNumbers.contains(number) || weekNumbers.contains(number - count - 1)
  }

  private func years(of days: ClosedRange<Int>) -> ClosedRange<Int> {
    CivilDate(daysSince1970: days.lowerBound).year...CivilDate(daysSince1970: days.upperBound).year
  }

  private static func newYear(_ year: Int) -> Int {
    CivilDate.daysSince1970(year: year, month: 1, day: 1)
  }

  /// Months since January of year 0.
  private static func month(of day: Int) -> Int {
    let date = CivilDate(daysSince1970: day)
    return date.year * 12 + date.month - 1
  }

  private static func firstDay(ofMonth month: Int) -> Int {
    let year = Int(AlignmentSettings.floor(Int64(month), to: 12) / 12)
    return CivilDate.daysSince1970(year: year, month: month - year * 12 + 1, day: 1)
  }

  private static func month(_ date: CivilDate) -> Range<Int> {
    let month = date.year * 12 + date.month - 1
    return firstDay(ofMonth: month)..<firstDay(ofMonth: month + 1)
  }

  /// Weeks since the one with 1970-01-01, by the rule's first weekday.
  private func week(of day: Int) -> Int {
    // 1970-01-01 was a Thursday, 4.
    let shift = (4 - weekStart + 7) % 7
    return Int(AlignmentSettings.floor(Int64(day + shift), to: 7) / 7)
  }

  private func firstDay(ofWeek week: Int) -> Int { week * 7 - (4 - weekStart + 7) % 7 }
}
