package import TimeSeries

/// Forecasts of several series made at once; its memory is reused from batch to batch.
package struct ForecastBatch: Sendable {
  package private(set) var count = 0
  /// N
  package private(set) var horizon = 0
  /// Q
  package private(set) var quantileCount = 0
  /// In the series' unit, finite, ascending over the quantiles of a step: [rows, N, Q].
  package internal(set) var values: [Double] = []
  /// Mean width of the outermost interval over the horizon, above zero: what numbers are rounded
  /// by, in the series' unit.
  package internal(set) var spreads: [Double] = []
  /// Whether the series' statistics are too young to be relied on.
  package internal(set) var isWarming: [Bool] = []

  /// Who made each forecast.
  package private(set) var forecasters: [Forecaster] = []

  package init() {}

  /// Lets the forecasts be changed in place.
  package mutating func withRows<R>(_ body: (ForecastRows) -> R) -> R {
    precondition(count > 0, "a batch without rows has none to change")
    let (horizon, levelCount) = (horizon, quantileCount)
    // An array that is handed over as a pointer is memory for the length of the call.
    func call(
      _ values: UnsafeMutablePointer<Double>, _ spreads: UnsafeMutablePointer<Double>,
      _ isWarming: UnsafeMutablePointer<Bool>, _ forecasters: UnsafeMutablePointer<Forecaster>
    ) -> R {
      body(
        ForecastRows(
          values: values, spreads: spreads, isWarming: isWarming, forecasters: forecasters,
          horizon: horizon, levelCount: levelCount))
    }
    return call(&values, &spreads, &isWarming, &forecasters)
  }

  /// All N·Q values of a row.
  package func values(row: Int) -> ArraySlice<Double> {
    values[row * horizon * quantileCount..<(row + 1) * horizon * quantileCount]
  }

  /// - Parameters:
  ///   - step: 0 is the first step after the origin.
  ///   - quantile: index into the settings' quantiles.
  package subscript(row: Int, step step: Int, quantile quantile: Int) -> Double {
    values[(row * horizon + step) * quantileCount + quantile]
  }

  mutating func resize(count: Int, horizon: Int, quantileCount: Int) {
    self.count = count
    self.horizon = horizon
    self.quantileCount = quantileCount
    resize(&values, to: count * horizon * quantileCount, filler: 0)
    resize(&spreads, to: count, filler: 0)
    resize(&isWarming, to: count, filler: true)
    // One by one: a repeated element of another module's type would be appended by generic code.
    if forecasters.count > count { forecasters.removeLast(forecasters.count - count) }
    while forecasters.count < count { forecasters.append(.network) }
  }

  private func resize<Element>(_ array: inout [Element], to count: Int, filler: Element) {
    if array.count > count { array.removeLast(array.count - count) }
    if array.count < count {
      array.append(contentsOf: repeatElement(filler, count: count - array.count))
    }
  }
}
