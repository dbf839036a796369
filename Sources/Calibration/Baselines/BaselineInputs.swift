package import TimeSeries

/// The inputs of the baselines at an origin.
package struct BaselineInputs: BitwiseCopyable {
  /// Time of the newest step: the end of its bucket.
  package var time: Milliseconds
  /// The leads of the newest step and of each step ahead (`CivilSteps`).
  package var leads: ClockLeads
  /// The newest known value.
  package var newest: Double
  package var scale: SeriesScale
  /// Values one short season before the newest step and before each step ahead. An unknown value is
  /// replaced by the known one the fewest seasons earlier, or by NaN if there is none. Shape:
  /// [horizon + 1]
  package var short: UnsafePointer<Double>
  /// The same values for the long season.
  package var long: UnsafePointer<Double>

  package init(
    time: Milliseconds, leads: ClockLeads = ClockLeads(), newest: Double, scale: SeriesScale,
    short: UnsafePointer<Double>, long: UnsafePointer<Double>
  ) {
    self.time = time
    self.leads = leads
    self.newest = newest
    self.scale = scale
    self.short = short
    self.long = long
  }
}
