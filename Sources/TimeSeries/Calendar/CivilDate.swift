/// A day of the proleptic Gregorian calendar.
///
/// - Source: the day counts are Howard Hinnant's `days_from_civil` ("chrono-compatible low-level
///   date algorithms", 2014), with eras of 400 years that begin in March.
package struct CivilDate: Equatable {
  package var year: Int
  package var month: Int
  package var day: Int

  package init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// - Returns: nil if the calendar has no such day.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...12).contains(month) else { return nil }
    self.init(daysSince1970: Self.daysSince1970(year: year, month: month, day: day))
    // A day that the month does not have becomes a day of another month.
    guard self.month == month, self.day == day else { return nil }
  }

  package var daysSince1970: Int { Self.daysSince1970(year: year, month: month, day: day) }

  /// Days from 1970-01-01 to a date.
  static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Day of the week; 0 is Sunday. 1970-01-01 was a Thursday.
  static func weekday(daysSince1970 days: Int) -> Int {
    let weekday = (days + 4) % 7
    return weekday < 0 ? weekday + 7 : weekday
  }

  /// The number of days of the month in a leap year.
  static func longestMonth(_ month: Int) -> Int {
    [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }
}
