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
  /// Steps since the score was last high, and how high it was.
  var scoreAge: Float
  var scoreMaximum: Float

  static let long: Float = 1_048_576
  static let initial = Incident(
    strictness: 0, quiet: Self.long, anomalous: 0, run: 0, severity: 0, evidence: 0,
    isLevelShift: 0,
    isSilent: 0, muted: 0, scoreAge: Self.long, scoreMaximum: 0)
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
  mutating func follow(isOpening: Bool, budgetPerStep: Double) {
    if isOpening { strictness += Self.openingStrictness }
    strictness = min(max(strictness - Self.openingStrictness * Float(budgetPerStep), -1), 4)
  }

  /// Takes back what an opening has added.
  mutating func refundOpening() { strictness = max(strictness - Self.openingStrictness, -1) }

  private static let openingStrictness: Float = 0.7

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
