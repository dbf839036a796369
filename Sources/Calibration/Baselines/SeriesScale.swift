/// The level and the spread of a series, in its own unit; both spreads are above zero.
package struct SeriesScale: Sendable, BitwiseCopyable {
  package var mean: Double
  package var deviation: Double
  /// How far the value one season before is off, on average.
  package var unit: Double

  package init(mean: Double, deviation: Double, unit: Double) {
    self.mean = mean
    self.deviation = deviation
    self.unit = unit
  }
}
