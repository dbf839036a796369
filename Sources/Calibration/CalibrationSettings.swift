package import TimeSeries

/// How a stream's forecasts are corrected by the values that follow, and how their forecaster is
/// chosen.
///
/// The defaults were chosen on rows before 11520 of ETTh1; docs/measurements.md has the figures.
package struct CalibrationSettings: Sendable, Equatable {
  /// Whether levels are shifted, and intervals widened or narrowed, so that their coverage becomes
  /// the nominal one.
  package var enabled = true
  /// Learning rate of the shifts, in units of the width of the 80 % interval.
  package var shiftRate = 0.001
  /// Learning rate of the widenings, in units of the width of the 80 % interval.
  package var coverageRate = 0.01
  /// Whether baselines run beside the network, and make the forecasts if the network cannot or has
  /// been worse lately.
  package var baselines = true
  /// By what share the running loss of another baseline, or of the baseline beside the network,
  /// must be lower before it takes over.
  package var hysteresis = 0.03
  /// Number of horizons over which losses are averaged.
  package var memory = 30.0

  package init() {}

  /// - Throws: `TimeSeriesError.setting` with the first value that is out of range.
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
