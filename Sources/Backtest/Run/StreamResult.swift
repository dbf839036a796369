import Forecasting
import MetricFormats
import Pipeline

/// The result of one stream.
struct StreamResult: Sendable {
  var plan: StreamPlan
  /// Values of each series by row; NaN where missing.
  var actuals: [[Double]]
  /// Season lengths of the model in use at the end, in steps.
  var seasons: [Int]
  var scores: [SeriesScores]
  var stepCount: Int
  var retrainings: [TrainingRecord]

  var seasonText: String {
    let lengths = seasons.map { "\($0)" }.joined(separator: ", ")
    return (lengths.isEmpty ? "none" : lengths)
      + (plan.stream.findsSeasons && seasons != plan.stream.model.seasons ? " (found)" : "")
  }
}
