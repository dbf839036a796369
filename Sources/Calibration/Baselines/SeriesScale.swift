/// The level and two measures of the spread of a series, in its own unit. Both spreads are above
/// zero.
package struct SeriesScale: Sendable, BitwiseCopyable {
  package var mean: Double
  package var deviation: Double
  /// Mean absolute difference between a value and the one a season before; without a season, one
  /// step before.
  package var unit: Double

  package init(mean: Double, deviation: Double, unit: Double) {
    self.mean = mean
    self.deviation = deviation
    self.unit = unit
  }
}
