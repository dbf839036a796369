import Glibc

/// The incident of a series in progress, or the rest after the last one. All its stored properties are
/// `Float`s, as those of `SeriesEvidence`.
struct Incident: BitwiseCopyable {
  /// ln of the factor by which the rate of an alarm must be below the budget, because the series has
  /// had more alarms than the budget allows, or fewer.
  var strictness: Float
  /// Steps since the last anomalous one.
  var quiet: Float
  /// Anomalous steps of the incident, and those in a row.
  var anomalous: Float
  var run: Float
  /// The highest severity so far; zero if there is no incident.
  var severity: Float
  /// The evidence with which it opened.
  var evidence: Float
  /// Whether what was unusual has become the level: 1.
  var isLevelShift: Float
  /// Whether the series is silent: 1.
  var isSilent: Float
  /// Steps in which no incident opens, because the series has begun anew.
  var muted: Float
  /// Incidents that have opened, as long as the series is young.
  var openings: Float
  /// Steps since the score was last high, and how high it was.
  var scoreAge: Float
  var scoreMaximum: Float

  static let long: Float = 1_048_576
  static let initial = Incident(
    strictness: 0, quiet: Self.long, anomalous: 0, run: 0, severity: 0, evidence: 0,
    isLevelShift: 0,
    isSilent: 0, muted: 0, openings: 0, scoreAge: Self.long, scoreMaximum: 0)
  static let floatCount = MemoryLayout<Incident>.size / MemoryLayout<Float>.size

  var isOpen: Bool { severity > 0 }

  /// Ends the incident.
  mutating func close() {
    (severity, anomalous, run, isLevelShift, isSilent) = (0, 0, 0, 0, 0)
    quiet = Self.long
  }

  /// Follows the number of incidents that the series has had: each opening makes it stricter, time
  /// makes it less strict, so that the budget is kept in the long run.
  ///
  /// - Source: Gibbs & Candès 2021 ("Adaptive conformal inference under distribution shift"), applied to
  ///   the rate of incidents.
  ///
  /// - Parameter youth: from 1, for a series of which nothing is known, to 0: what it opens then is
  ///   mostly new, and says little of what it will open later.
  mutating func follow(isOpening: Bool, youth: Double, budgetPerStep: Double) {
    if isOpening {
      openings = min(openings + 1, 1_000)
      strictness += Self.openingStrictness * Float(max(1 - youth, Self.youthStrictness))
    }
    strictness = min(max(strictness - Self.openingStrictness * Float(budgetPerStep), -1), 4)
  }

  /// Whether a young series has had the incidents that a budget of less than one in a week allows. The
  /// first of what a series does once a day or a week is new, however ordinary it is.
  ///
  /// - Parameter weeks: since when the series is known.
  func isExhausted(youth: Double, budget: AlarmBudget, weeks: Double) -> Bool {
    guard youth > 0, !isOpen, budget.perWeek < 1 else { return false }
    return Double(openings) >= 1 + 2 * budget.perWeek * max(weeks, 1)
  }

  /// Takes back what an opening has added.
  mutating func refundOpening() {
    openings = max(openings - 1, 0)
    strictness = max(strictness - Self.openingStrictness, -1)
  }

  private static let openingStrictness: Float = 0.7
  private static let youthStrictness = 0.1

  /// The score of a step, lower after the opening of an incident so that one incident is one peak.
  mutating func score(
    incidentsPerWeek rate: Double, isLasting: Bool, rest: Float
  ) -> Double {
    let decades = -log10(max(rate, 1e-26))
    var score =
      decades <= -4 || !rate.isFinite ? 0 : max(0, 0.5 + 0.5 * decades / (2 + abs(decades)))
    scoreAge = min(scoreAge + 1, Self.long)
    if scoreAge < rest {
      if isLasting, score > 0.5 { scoreAge = 0 }
      if score > Double(scoreMaximum) + 0.06 {
        scoreMaximum = Float(score)
      } else {
        score *= 0.3
      }
    } else if score > 0.4 {
      scoreAge = 0
      scoreMaximum = Float(score)
    }
    return score
  }
}
