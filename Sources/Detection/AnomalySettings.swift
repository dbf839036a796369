package import TimeSeries

/// What counts as an anomaly of a series, and how many false alarms it may cost.
package struct AnomalySettings: Sendable, Equatable {
  /// The side of the forecast on which anomalies are looked for.
  package enum Direction: UInt8, Sendable, CaseIterable {
    case both, up, down

    package var name: String {
      switch self {
      case .both: "both"
      case .up: "up"
      case .down: "down"
      }
    }
  }

  package var enabled = true
  package var budget = AlarmBudget.standard
  /// A deviation from the expected value that is smaller than this, in the unit of the series, is never
  /// an anomaly.
  package var minimumDeviation = 0.0
  /// The same bound as a fraction of the expected value.
  package var minimumRelativeDeviation = 0.0
  package var direction = Direction.both
  /// Number of steps that must be anomalous in a row before an incident opens.
  package var minimumSteps = 1
  /// Values that can physically be. Others are anomalies, whatever else is known.
  package var validRange: ClosedRange<Double>?
  /// Number of missing steps in a row after which a series is reported as silent; 0 for never.
  package var silentAfter = 10
  /// Number of values that the detector must have seen of a series before an incident opens.
  package var learningSteps = Int(SeriesEvidence.countMinimum)

  package init() {}

  /// - Throws: `TimeSeriesError.setting` with the first value that is out of range.
  package func validate() throws(TimeSeriesError) {
    guard budget.perWeek > 0, budget.perWeek <= 100_000 else {
      throw .setting(
        name: "false alarms", problem: "must be more than 0, and at most 100000 per week")
    }
    guard minimumDeviation >= 0, minimumDeviation.isFinite else {
      throw .setting(name: "minimum deviation", problem: "must be zero or more")
    }
    guard minimumRelativeDeviation >= 0, minimumRelativeDeviation.isFinite else {
      throw .setting(name: "minimum relative deviation", problem: "must be zero or more")
    }
    guard (1...100_000).contains(minimumSteps) else {
      throw .setting(name: "minimum steps", problem: "must be from 1 to 100000 steps")
    }
    guard (0...1_000_000).contains(silentAfter) else {
      throw .setting(name: "silent after", problem: "must be from 0 to 1000000 steps")
    }
    guard (Int(SeriesEvidence.countMinimum)...1_000_000).contains(learningSteps) else {
      throw .setting(
        name: "learning steps",
        problem: "must be from \(Int(SeriesEvidence.countMinimum)) to 1000000")
    }
  }
}
