import Scores

/// The score of a baseline, and the loss of the daemon's forecasts of the same targets.
struct ComparedScore: Sendable {
  var baseline: ForecastScore
  var forecastLoss = 0.0

  init(_ empty: ForecastScore) { baseline = empty }

  /// The daemon's quantile loss as a share of the baseline's.
  var lossShare: Double {
    baseline.count == 0 ? .nan : Backtest.lossShare(forecastLoss, of: baseline.lossSum)
  }
}

/// One loss as a share of another, within a thousandth and a thousand: a forecaster without any
/// loss on one series shall not outweigh all others.
func lossShare(_ loss: Double, of other: Double) -> Double {
  guard loss.isFinite, other.isFinite else { return .nan }
  if loss == other { return 1 }
  return min(max(loss / other, 1e-3), 1e3)
}
