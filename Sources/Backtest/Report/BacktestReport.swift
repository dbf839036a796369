import MetricFormats
import Scores
import TimeSeries

/// The result of a backtest.
package struct BacktestReport: Sendable {
  let streams: [StreamResult]
  let options: BacktestOptions
  let files: Int
  let missingValues: Int
  let unusableValues: Int
  /// Lines about times that can hardly be meant.
  let timeNotices: [String]
  /// Wall time; not part of what is written, which is the same for equal backtests.
  package let seconds: Double

  init(
    streams: [StreamResult], history: HistoryFacts, options: BacktestOptions, seconds: Double
  ) {
    self.streams = streams
    self.options = options
    files = history.files
    missingValues = history.missingValues
    unusableValues = history.unusableValues
    timeNotices = history.timeNotices
    self.seconds = seconds
  }

  /// The series of all streams, in their order; within a stream in the order of the files.
  var series: [SeriesScores] { streams.flatMap(\.scores) }
  var retrainings: [TrainingRecord] { streams.flatMap(\.retrainings) }

  /// Season lengths of each stream's model in use at the end, in steps.
  package var seasons: [[Int]] { streams.map(\.seasons) }

  package var forecastCount: Int { series.reduce(0) { $0 + $1.forecastCount } }
  package var pointCount: Int { streams.reduce(0) { $0 + $1.plan.pointCount } }
  package var overall: Accuracy { Accuracy(of: series) }

  /// The mean scaled error at each step of the horizon, over all series that reach it.
  ///
  /// - Parameter score: gives the score of a series that is meant.
  func errorByStep(_ score: (SeriesScores) -> ForecastScore) -> [Double] {
    let horizon = streams.map(\.plan.horizon).max() ?? 0
    return (0..<horizon).map { step in
      mean(
        series.map { entry in
          let score = score(entry)
          return step < score.horizon ? entry.scaled(score.meanError(step: step)) : .nan
        })
    }
  }
}

/// Facts about the files apart from their values.
struct HistoryFacts: Sendable {
  var files: Int
  var missingValues: Int
  var unusableValues: Int
  var timeNotices: [String]
}
