package import TimeSeries

/// What the baselines forecast from at an origin.
package struct BaselineInputs: BitwiseCopyable {
  /// Of the newest step, whose bucket ends then.
  package var time: Milliseconds
  /// The newest known value.
  package var newest: Double
  package var scale: SeriesScale
  /// Values one short season before the newest step and before each step ahead; as many seasons as
  /// it takes to be known, not a number where none is. Shape: [horizon + 1]
  package var short: UnsafePointer<Double>
  /// The same for the long season.
  package var long: UnsafePointer<Double>

  package init(
    time: Milliseconds, newest: Double, scale: SeriesScale, short: UnsafePointer<Double>,
    long: UnsafePointer<Double>
  ) {
    self.time = time
    self.newest = newest
    self.scale = scale
    self.short = short
    self.long = long
  }
}
