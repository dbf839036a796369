package import Pipeline

/// The progress of a backtest.
package struct BacktestProgress: Sendable, Equatable {
  /// Estimated share of the work that is done, 0…1.
  package var fraction: Double
  package var forecasts: Int
  /// The training that is under way, if there is one.
  package var training: RetrainingProgress?
}
