/// How many false alarms a series may have in a time: `1 per series per week`.
package struct AlarmBudget: Sendable, Equatable {
  /// For each series.
  package var perWeek: Double

  package static let standard = AlarmBudget(perWeek: 1)

  package init(perWeek: Double) { self.perWeek = perWeek }

  private static let weeks: [String: Double] = [
    "hour": 1 / 168, "day": 1 / 7, "week": 1, "month": 30.436_875 / 7, "year": 365.2425 / 7,
  ]

  /// Reads `2 per series per day`; `per series` may be left out.
  package init?(_ text: String) {
    var words = text.lowercased().split(separator: " ").map(String.init)
    if words.count == 5, words[1] == "per", words[2] == "series" { words.removeSubrange(1...2) }
    guard words.count == 3, words[1] == "per", let number = Double(words[0]), number.isFinite,
      let weeks = Self.weeks[words[2]]
    else { return nil }
    perWeek = number / weeks
  }
}
