package import TimeSeries

/// When a stream's deviations from its forecasts are anomalies.
package struct AnomalySettings: Sendable, Equatable {
  /// On which side of the forecast an anomaly can be.
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

  /// The most steps that can be combined.
  package static let smoothingMaximum = 8

  package var enabled = true
  /// Score, −log10 of a probability a step, from which a step is a warning: 4 aims at one false
  /// alarm in 10,000 steps of a series.
  package var threshold = 4.0
  /// Score from which it is critical.
  package var criticalThreshold = 6.0
  /// Steps whose evidence is combined, so that a modest deviation that lasts counts; 1 for none.
  package var smoothingSteps = 3
  /// A deviation from the median of less than this, in the series' unit, is never an anomaly.
  package var minimumDeviation = 0.0
  /// The same as a fraction of the median.
  package var minimumRelativeDeviation = 0.0
  package var direction = Direction.both
  /// Missing steps in a row after which a series is reported silent; 0 for never.
  package var silentAfter = 10
  /// Steps after which an excursion that goes on is reported once more; 0 for never.
  package var refractory = 60
  /// Scored steps of a series before it can be reported.
  package var learningSteps = 64

  package init() {}

  /// - Throws: `TimeSeriesError.setting` naming the first value that cannot be.
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
