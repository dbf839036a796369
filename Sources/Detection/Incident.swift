import Glibc

/// The incident of a series in progress, or the rest after the last one. A row of a column of floats holds
/// it, as `SeriesEvidence`.
struct Incident: BitwiseCopyable {
  /// ln of the factor by which the rate of an alarm must be below the budget, because the series has
  /// had more alarms than the budget allows, or fewer.
  var strictness: Float
  /// How high the score last was.
  var scoreMaximum: Float
  /// Steps since then.
  var scoreAge: UInt16
  /// Steps since the last anomalous one.
  var quiet: UInt16
  /// Anomalous steps of the incident, and those in a row.
  private(set) var anomalous: UInt16
  private(set) var run: UInt16
  /// Steps in which no incident opens, because the series has begun anew.
  var muted: UInt16
  /// Incidents that have opened, as long as the series is young.
  var openings: UInt16
  // Numbers, because the bytes of a snapshot need not be those of a case.
  private var severityNumber: UInt8
  private var evidenceNumber: UInt8
  private var levelShiftNumber: UInt8
  private var silentNumber: UInt8

  static let initial = Incident(
    strictness: 0, scoreMaximum: 0, scoreAge: long, quiet: long, anomalous: 0, run: 0, muted: 0,
    openings: 0, severityNumber: 0, evidenceNumber: 0, levelShiftNumber: 0, silentNumber: 0)
  /// Where steps are no longer counted: long ago. Its bytes are those of a finite float.
  private static let long: UInt16 = 32_000
  static let floatCount = MemoryLayout<Incident>.size / MemoryLayout<Float>.size

  /// Anomalous steps after which what was unusual counts as the usual, and each time as many later.
  static let acceptedSteps: UInt16 = 64
  /// A multiple of `acceptedSteps`, beyond which anomalous steps are counted anew.
  private static let anomalousMaximum: UInt16 = 1_000 * acceptedSteps

  /// The highest severity so far; `none` if there is no incident.
  var severity: AnomalyVerdict.Severity {
    get { AnomalyVerdict.Severity(rawValue: severityNumber) ?? .none }
    set { severityNumber = newValue.rawValue }
  }

  /// The evidence with which it opened.
  var evidence: Evidence {
    get { Evidence(rawValue: evidenceNumber) ?? .error }
    set { evidenceNumber = newValue.rawValue }
  }

  /// Whether what was unusual has become the level.
  var isLevelShift: Bool {
    get { levelShiftNumber != 0 }
    set { levelShiftNumber = newValue ? 1 : 0 }
  }

  /// Whether the series is silent.
  var isSilent: Bool {
    get { silentNumber != 0 }
    set { silentNumber = newValue ? 1 : 0 }
  }

  var isOpen: Bool { severity > .none }

  /// Ends the incident.
  mutating func close() {
    (severity, isLevelShift, isSilent) = (.none, false, false)
    (anomalous, run, quiet) = (0, 0, Self.long)
  }

  /// Counts an anomalous step.
  mutating func countAnomalous() {
    quiet = 0
    anomalous = anomalous < Self.anomalousMaximum ? anomalous + 1 : Self.acceptedSteps + 1
  }

  /// Forgets anomalous steps that have opened nothing.
  mutating func forgetAnomalous() { anomalous = 0 }

  /// Counts an ordinary step.
  mutating func countQuiet() { if quiet < Self.long { quiet += 1 } }

  mutating func extendRun() { if run < Self.long { run += 1 } }

  mutating func endRun() { run = 0 }

  /// Whether the steps have been anomalous for so long that they are the usual now.
  var isAccepted: Bool { anomalous >= Self.acceptedSteps }

  /// Whether the next anomalous step makes the level of the last ones the usual one.
  var adoptsNext: Bool { (Int(anomalous) + 1).isMultiple(of: Int(Self.acceptedSteps)) }

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
      openings = min(openings, 999) + 1
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
    if openings > 0 { openings -= 1 }
    strictness = max(strictness - Self.openingStrictness, -1)
  }

  private static let openingStrictness: Float = 0.7
  private static let youthStrictness = 0.1

  /// The score of a step, lower after the opening of an incident so that one incident is one peak.
  mutating func score(
    incidentsPerWeek rate: Double, isLasting: Bool, rest: Int
  ) -> Double {
    let decades = -log10(max(rate, 1e-26))
    var score =
      decades <= -4 || !rate.isFinite ? 0 : max(0, 0.5 + 0.5 * decades / (2 + abs(decades)))
    if scoreAge < Self.long { scoreAge += 1 }
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
