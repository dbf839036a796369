package import TimeSeries

/// When a deviation from a forecast of the stream is an anomaly.
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

  /// The largest number of steps that can be combined.
  package static let smoothingMaximum = 8

  package var enabled = true
  /// The score from which a step is a warning. A score is −log10 of a probability: 4 aims at one
  /// false alarm in 10,000 steps of a series.
  package var threshold = 4.0
  /// The score from which a step is critical.
  package var criticalThreshold = 6.0
  /// Number of steps whose evidence is combined, so that a modest deviation that lasts is detected;
  /// 1 for no combination.
  package var smoothingSteps = 3
  /// A deviation from the median that is smaller than this, in the unit of the series, is never an
  /// anomaly.
  package var minimumDeviation = 0.0
  /// The same bound as a fraction of the median.
  package var minimumRelativeDeviation = 0.0
  package var direction = Direction.both
  /// Number of missing steps in a row after which a series is reported as silent; 0 for never.
  package var silentAfter = 10
  /// Number of steps after which a lasting excursion is reported again; 0 for never.
  package var refractory = 60
  /// Number of errors that the detector must have seen of a series before it flags a step.
  package var learningSteps = 64

  package init() {}

  /// - Throws: `TimeSeriesError.setting` with the first value that is out of range.
  package func validate() throws(TimeSeriesError) {
    guard (1...AnomalyTable.scoreMaximum).contains(threshold) else {
      throw .setting(name: "anomaly threshold", problem: "must be from 1 to 20")
    }
    guard (threshold...AnomalyTable.scoreMaximum).contains(criticalThreshold) else {
      throw .setting(
        name: "critical threshold", problem: "must be from the threshold (\(threshold)) to 20")
    }
    guard (1...Self.smoothingMaximum).contains(smoothingSteps) else {
      throw .setting(name: "smoothing steps", problem: "must be from 1 to \(Self.smoothingMaximum)")
    }
    guard minimumDeviation >= 0, minimumDeviation.isFinite else {
      throw .setting(name: "minimum deviation", problem: "must be zero or more")
    }
    guard minimumRelativeDeviation >= 0, minimumRelativeDeviation.isFinite else {
      throw .setting(name: "minimum relative deviation", problem: "must be zero or more")
    }
    guard (0...1_000_000).contains(silentAfter) else {
      throw .setting(name: "silent after", problem: "must be from 0 to 1000000 steps")
    }
    guard (0...1_000_000).contains(refractory) else {
      throw .setting(name: "refractory", problem: "must be from 0 to 1000000 steps")
    }
    guard (ErrorTail.fewestErrors...1_000_000).contains(learningSteps) else {
      throw .setting(
        name: "learning steps", problem: "must be from \(ErrorTail.fewestErrors) to 1000000")
    }
  }
}
