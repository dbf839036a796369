/// Measures of how wrong forecasts were; a pair in which either is not a number does not count,
/// and a measure without a pair is not a number.
package enum ForecastError {
  /// Mean absolute error, in the series' unit.
  package static func meanAbsolute(actual: [Double], forecast: [Double]) -> Double {
    mean(actual, forecast) { abs($0 - $1) }
  }

  /// Mean absolute error as a multiple of the seasonal naive forecast's on the history.
  ///
  /// - Source: Hyndman & Koehler 2006 ("Another look at measures of forecast accuracy").
  package static func meanAbsoluteScaled(
    actual: [Double], forecast: [Double], history: [Double], season: Int
  ) -> Double {
    guard history.count > season else { return .nan }
    let scale = meanAbsolute(
      actual: Array(history.dropFirst(season)), forecast: Array(history.dropLast(season)))
    return meanAbsolute(actual: actual, forecast: forecast) / scale
  }

  /// Pinball loss of one quantile forecast.
  ///
  /// - Source: Koenker & Bassett 1978.
  @inlinable
  package static func pinball(actual: Double, forecast: Double, quantile: Double) -> Double {
    let difference = actual - forecast
    return max(quantile * difference, (quantile - 1) * difference)
  }

  /// Twice the pinball losses' sum over the sum of the sizes of the actual values, as mean over the
  /// quantiles: 0 is perfect, and values of any unit can be compared.
  ///
  /// - Parameter forecasts: one row of values a quantile.
  /// - Source: Salinas et al. 2020 ("DeepAR"), §4; called mean weighted quantile loss since.
  package static func meanWeightedQuantileLoss(
    actual: [Double], forecasts: [[Double]], quantiles: [Double]
  ) -> Double {
    precondition(forecasts.count == quantiles.count, "one row of forecasts a quantile")
    var total = 0.0
    for (quantile, forecast) in zip(quantiles, forecasts) {
      let loss = mean(actual, forecast) { pinball(actual: $0, forecast: $1, quantile: quantile) }
      let size = mean(actual, forecast) { actual, _ in abs(actual) }
      total += 2 * loss / size
    }
    return total / Double(quantiles.count)
  }

  /// Share of the actual values within `[low, high]`.
  package static func coverage(actual: [Double], low: [Double], high: [Double]) -> Double {
    var within = 0
    var pairs = 0
    for index in 0..<min(actual.count, low.count, high.count) {
      guard !actual[index].isNaN, !low[index].isNaN, !high[index].isNaN else { continue }
      pairs += 1
      if low[index] <= actual[index], actual[index] <= high[index] { within += 1 }
    }
    return pairs == 0 ? .nan : Double(within) / Double(pairs)
  }

  private static func mean(
    _ actual: [Double], _ forecast: [Double], of loss: (Double, Double) -> Double
  ) -> Double {
    var sum = 0.0
    var pairs = 0
    for (actual, forecast) in zip(actual, forecast) where !actual.isNaN && !forecast.isNaN {
      sum += loss(actual, forecast)
      pairs += 1
    }
    return pairs == 0 ? .nan : sum / Double(pairs)
  }
}
