/// Seconds since the epoch as RFC 3339, without a calendar library.
package enum FixtureTime {
  /// `2025-01-06T00:00:00Z`.
  ///
  /// - Precondition: not before 1970.
  /// - Source: Hinnant 2013, "chrono-compatible low-level date algorithms", `civil_from_days`.
  package static func text(_ seconds: Int64) -> String {
    precondition(seconds >= 0)
    let days = seconds / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // Years begin in March here, which puts the leap day at the end.
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let second = seconds % 86_400
    return "\(year)-\(pair(month))-\(pair(day))T\(pair(second / 3600)):"
      + "\(pair(second / 60 % 60)):\(pair(second % 60))Z"
  }

  private static func pair(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
