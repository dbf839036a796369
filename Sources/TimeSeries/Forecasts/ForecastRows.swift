/// Memory for the forecasts of a block of series; valid for the length of one call.
package struct ForecastRows {
  /// Quantiles in the unit of the series: [rows, horizon, levels]
  package let values: UnsafeMutablePointer<Double>
  /// Mean width over the horizon between the lowest and the highest level: [rows]
  package let spreads: UnsafeMutablePointer<Double>
  /// Whether the forecast is not yet reliable because the series or the model is too young: [rows]
  package let isWarming: UnsafeMutablePointer<Bool>
  /// The forecaster of each forecast: [rows]
  package let forecasters: UnsafeMutablePointer<Forecaster>
  package let horizon: Int
  package let levelCount: Int

  package init(
    values: UnsafeMutablePointer<Double>, spreads: UnsafeMutablePointer<Double>,
    isWarming: UnsafeMutablePointer<Bool>, forecasters: UnsafeMutablePointer<Forecaster>,
    horizon: Int, levelCount: Int
  ) {
    self.values = values
    self.spreads = spreads
    self.isWarming = isWarming
    self.forecasters = forecasters
    self.horizon = horizon
    self.levelCount = levelCount
  }

  /// One forecast: [horizon, levels]
  @inlinable
  package func values(_ number: Int) -> UnsafeMutablePointer<Double> {
    values + number * horizon * levelCount
  }

  /// Computes the spreads. A spread that would not be finite and above zero keeps its old value.
  package func measureSpreads(count: Int) {
    for number in 0..<count {
      let low = values(number)
      let high = low + levelCount - 1
      var width = 0.0
      for step in 0..<horizon { width += high[step * levelCount] - low[step * levelCount] }
      let spread = width / Double(horizon)
      if spread.isFinite, spread > 0 { spreads[number] = spread }
    }
  }
}

/// Whether all values are finite: a finite value times 0 is 0. There are four sums, so that the
/// additions do not wait for one another.
package func areFinite(_ values: UnsafePointer<Double>, count: Int) -> Bool {
  var sums = (0.0, 0.0, 0.0, 0.0)
  var index = 0
  while index + 4 <= count {
    sums.0 += values[index] * 0
    sums.1 += values[index + 1] * 0
    sums.2 += values[index + 2] * 0
    sums.3 += values[index + 3] * 0
    index += 4
  }
  while index < count {
    sums.0 += values[index] * 0
    index += 1
  }
  return sums.0 + sums.1 + sums.2 + sums.3 == 0
}
