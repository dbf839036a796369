package import Pipeline
package import Replay
package import TimeSeries

/// What a backtest is asked for; what is `nil` is taken from the configuration, or guessed.
package struct BacktestOptions: Sendable {
  /// Streams as the daemon would have them; `nil` makes one of each sampling interval.
  package var configuration: PipelineSettings?
  /// Time from step to step, for all series.
  package var interval: Milliseconds?
  /// `nil` where there is no configuration: the usual ones of the interval, and what is found.
  package var seasons: SeasonChoice?
  /// In steps.
  package var horizon: Int?
  /// Levels in (0, 1), ascending, beside those that are always computed.
  package var quantiles: [Double]?
  /// The row after the first origin: everything before it is history to begin with.
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
