/// The forecasts of a block of series as memory, for the length of one call.
package struct ForecastRows {
  /// In the series' unit: [rows, horizon, levels]
  package let values: UnsafeMutablePointer<Double>
  /// Mean width of the outermost interval over the horizon: [rows]
  package let spreads: UnsafeMutablePointer<Double>
  /// Whether a series is too young for its forecast to be relied on: [rows]
  package let isWarming: UnsafeMutablePointer<Bool>
  /// Who made each forecast: [rows]
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

  /// Measures the spreads anew; one that is not above zero stays what it was.
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

/// Whether all values are finite: four sums at a time, of zeros where they are.
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
