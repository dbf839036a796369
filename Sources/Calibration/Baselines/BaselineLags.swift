/// What a step's baselines are updated with: values before it, not a number where unknown.
package struct BaselineLags: Sendable, BitwiseCopyable {
  /// One step before.
  package var last: Double
  /// One short season before (one step where there is no season), and a step before that.
  package var short: Double
  package var shortBefore: Double
  /// The same for the long season.
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
