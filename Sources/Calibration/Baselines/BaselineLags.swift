/// The values before a step with which its baselines are updated; NaN if unknown.
package struct BaselineLags: Sendable, BitwiseCopyable {
  /// The value one step before.
  package var last: Double
  /// The values one short season before the step (one step before it if there is no season), and
  /// before the step that came before it.
  package var short: Double
  package var shortBefore: Double
  /// The same values for the long season.
  package var long: Double
  package var longBefore: Double
  package var scale: SeriesScale

  package init(
    last: Double, short: Double, shortBefore: Double, long: Double, longBefore: Double,
    scale: SeriesScale
  ) {
    self.last = last
    self.short = short
    self.shortBefore = shortBefore
    self.long = long
    self.longBefore = longBefore
    self.scale = scale
  }
}
