package import Pipeline
package import Replay
package import TimeSeries

/// The settings of a backtest. Those that are `nil` come from the configuration, or are guessed.
package struct BacktestOptions: Sendable {
  /// The streams of a daemon; `nil` makes one for each sampling interval.
  package var configuration: PipelineSettings?
  /// Time from step to step, of all series.
  package var interval: Milliseconds?
  /// `nil` without a configuration: the usual ones of the interval until a training finds others.
  package var seasons: SeasonChoice?
  /// In steps.
  package var horizon: Int?
  /// Levels in (0, 1), ascending, in addition to those that are always computed.
  package var quantiles: [Double]?
  /// The row after the first origin. The rows before it are the history of the first training.
  package var from = HistoryMark.share(0.8)
  /// The row after the last target; `nil` is the end of the history.
  package var to: HistoryMark?
  /// Steps from origin to origin.
  package var every = 24
  /// Steps from retraining to retraining.
  package var retrainEvery: Int?
  package var seed: UInt64 = 1
  package var threads = 1

  package init() {}
}
