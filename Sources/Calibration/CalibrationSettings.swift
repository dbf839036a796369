package import TimeSeries

/// How a stream's forecasts are corrected by what came true, and who makes them.
///
/// The defaults were chosen on rows before 11520 of ETTh1; docs/measurements.md has the figures.
package struct CalibrationSettings: Sendable, Equatable {
  /// Whether levels are shifted and intervals widened or narrowed so that they cover what they say.
  package var enabled = true
  /// By how much a level moves after a value, as a share of the 80 % interval's width.
  package var shiftRate = 0.002
  /// By how much the ends of an interval move after a value, as such a share.
  package var coverageRate = 0.01
  /// Whether the built-in baselines forecast where the network cannot, or has been worse lately.
  package var baselines = true
  /// By how much less another's running loss must be before it takes over, as a share.
  package var hysteresis = 0.03
  /// Horizons over which losses are averaged.
  package var memory = 30.0

  package init() {}

  /// - Throws: `TimeSeriesError.setting` naming the first value that cannot be.
  package func validate() throws(TimeSeriesError) {
    guard (0...0.2).contains(shiftRate) else {
      throw .setting(name: "shift rate", problem: "must be from 0 to 0.2")
    }
    guard (0...0.5).contains(coverageRate) else {
      throw .setting(name: "coverage rate", problem: "must be from 0 to 0.5")
    }
    guard (0..<1).contains(hysteresis) else {
      throw .setting(name: "hysteresis", problem: "must be at least 0 and below 1")
    }
    guard (1...1000).contains(memory) else {
      throw .setting(name: "memory", problem: "must be from 1 to 1000 horizons")
    }
  }
}
