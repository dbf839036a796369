import Glibc
package import TimeSeries

/// What somebody who knows has said of the incidents of a series.
package struct Feedback: Sendable, Equatable {
  package enum Label: Sendable {
    case falseAlarm
    /// There should have been an incident.
    case missed
    /// The incident was right.
    case real
  }

  package var label: Label
  /// The evidence that it is about; empty for all alike.
  package var kinds: [Evidence]
  /// From then on, in event time, it fades.
  package var time: Milliseconds

  package init(label: Label, kinds: [Evidence], time: Milliseconds) {
    self.label = label
    self.kinds = kinds
    self.time = time
  }

  /// Its effect halves in this time, and ends after `lifetime`.
  package static let halfLife: Milliseconds = 28 * 86_400_000
  package static let lifetime: Milliseconds = 182 * 86_400_000

  /// How much of its effect is left at a time.
  func weight(at time: Milliseconds) -> Double {
    guard time > self.time else { return 1 }
    let (age, isOverflow) = time.subtractingReportingOverflow(self.time)
    guard !isOverflow, age < Self.lifetime else { return 0 }
    return exp2(-Double(age) / Double(Self.halfLife))
  }
}

/// What the feedback on a series does to its budget, and to the shares of its evidence in it.
package struct FeedbackAdjustment: Sendable, Equatable {
  /// Of the number of false alarms that the series may cost.
  package private(set) var budgetFactor: Double
  /// ln of the factor of each kind's share, by its raw value.
  private var logShares: [Double]

  /// One false alarm, and one missed incident, change the budget by this factor.
  private static let budgetStep = 2.0
  private static let budgetFactors = 0.125...4.0
  /// One changes the share of a kind of evidence by this factor.
  private static let shareStep = 3.0
  private static let logShares = -2 * log(shareStep)...log(shareStep)
  /// How much one incident that was right takes back of either.
  private static let realStep = 0.25

  init(_ feedback: [Feedback], at time: Milliseconds) {
    var budget = Balance()
    var kinds = [Balance](repeating: Balance(), count: Evidence.allCases.count)
    for one in feedback {
      let weight = one.weight(at: time)
      budget.add(one.label, weight)
      let meant = one.kinds.isEmpty && one.label == .real ? Evidence.allCases : one.kinds
      for kind in meant { kinds[Int(kind.rawValue)].add(one.label, weight) }
    }
    let factor = exp2(-log2(Self.budgetStep) * budget.value)
    budgetFactor = min(max(factor, Self.budgetFactors.lowerBound), Self.budgetFactors.upperBound)
    logShares = kinds.map { kind in
      let change = -log(Self.shareStep) * kind.value
      return min(max(change, Self.logShares.lowerBound), Self.logShares.upperBound)
    }
  }

  /// ln of the factor of a kind's share.
  package func logShare(of evidence: Evidence) -> Double { logShares[Int(evidence.rawValue)] }

  /// False alarms less missed incidents. What was right leads back to none of either, and no further.
  private struct Balance {
    private var sum = 0.0
    private var right = 0.0

    mutating func add(_ label: Feedback.Label, _ weight: Double) {
      switch label {
      case .falseAlarm: sum += weight
      case .missed: sum -= weight
      case .real: right += weight * FeedbackAdjustment.realStep
      }
    }

    var value: Double { sum > 0 ? max(0, sum - right) : min(0, sum + right) }
  }
}

/// The feedback on the series of a stream in one partition. Most have none and cost nothing.
///
/// It follows from the control records that the partition has taken up, so it is no part of the table's
/// rows: whoever owns the table places it anew after an abort.
package struct FeedbackTable: Sendable {
  /// Of more on one series the newest counts.
  package static let countMaximum = 16

  /// In the order in which it was given, by canonical series key.
  private var bySeries: [[UInt8]: [Feedback]] = [:]
  private var rows: [Int: [Feedback]] = [:]

  package init() {}

  package var isEmpty: Bool { bySeries.isEmpty }

  /// Number of series of the table that have feedback.
  package var seriesCount: Int { rows.count }

  /// Replaces all feedback.
  ///
  /// - Parameter row: of a series, if it has one in this table.
  package mutating func replace(
    _ bySeries: [[UInt8]: [Feedback]], row: ([UInt8]) -> Int?
  ) {
    self.bySeries = bySeries.mapValues { Array($0.suffix(Self.countMaximum)) }
    place(row: row)
  }

  /// Finds the rows of the series anew.
  package mutating func place(row: ([UInt8]) -> Int?) {
    rows.removeAll(keepingCapacity: true)
    for (series, feedback) in bySeries {
      if let row = row(series) { rows[row] = feedback }
    }
  }

  /// A series begins in a row.
  package mutating func begin(row: Int, key: [UInt8]) {
    guard !bySeries.isEmpty else { return }
    rows[row] = bySeries[key]
  }

  /// The row is given up.
  mutating func forget(row: Int) {
    guard !rows.isEmpty else { return }
    rows[row] = nil
  }

  /// What the feedback on a row's series does at a time; nil where there is none.
  package func adjustment(row: Int, at time: Milliseconds) -> FeedbackAdjustment? {
    guard !rows.isEmpty, let feedback = rows[row] else { return nil }
    return FeedbackAdjustment(feedback, at: time)
  }
}

extension SeriesEvidence {
  /// Judges the statistics by the shares that feedback has left.
  func judge(
    _ statistics: Statistics, _ pool: TailPool, by feedback: FeedbackAdjustment?
  ) -> Judgement {
    var judgement = judge(statistics, pool)
    guard let feedback else { return judgement }
    judgement.logRate = .infinity
    for (evidence, strength) in strengths(statistics, pool, by: feedback)
    where -strength < judgement.logRate {
      (judgement.evidence, judgement.logRate) = (evidence, -strength)
    }
    return judgement
  }

  /// How much each kind of evidence says, by the shares that feedback has left.
  func strengths(
    _ statistics: Statistics, _ pool: TailPool, by feedback: FeedbackAdjustment?
  ) -> [(evidence: Evidence, strength: Double)] {
    guard let feedback else { return strengths(statistics, pool) }
    return strengths(statistics, pool).map {
      ($0.evidence, $0.strength + feedback.logShare(of: $0.evidence))
    }
  }
}

extension FeedbackAdjustment {
  /// Missing steps after which a series counts as silent: the smaller the share of silence is, the more.
  func silentSteps(_ steps: Int) -> Int {
    max(1, Int((Double(steps) * exp(-logShare(of: .silent))).rounded()))
  }
}
