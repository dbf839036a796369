/// The average course of a season that is too long for the ring: exponentially weighted means of
/// its slots, each of a few neighbouring phases, as offsets from the series' anchor; NaN where
/// unknown.
///
/// A day of minutes is 96 slots of 15, a week of minutes 96 slots of 105: 384 bytes each.
struct SeasonProfile {
  /// Weight of a season beside the next newer one.
  static let seasonDecay: Float = 0.85

  let means: UnsafeMutablePointer<Float>
  let season: SeasonPlace

  /// The mean at a phase, interpolated between the middles of slots; NaN where it is not known yet.
  @inline(__always)
  func offset(place: Int) -> Float {
    let position = (Float(place) + 0.5) / Float(season.slotSteps) - 0.5
    let lower = Int(position.rounded(.down))
    let share = position - Float(lower)
    let a = means[lower < 0 ? lower + season.profileSlots : lower]
    let b = means[lower + 1 == season.profileSlots ? 0 : lower + 1]
    if a.isNaN || b.isNaN { return share < 0.5 ? a : b }
    return a + share * (b - a)
  }

  /// Takes a value in: a plain average in the first season, exponentially weighted later.
  ///
  /// - Parameter steps: of the series before this one, missing ones included.
  @inline(__always)
  func update(place: Int, offset: Float, steps: Int) {
    let slot = place / season.slotSteps
    let mean = means[slot]
    if mean.isNaN {
      means[slot] = offset
      return
    }
    let seen = (steps / season.length) * season.slotSteps + place % season.slotSteps + 1
    let warm = (1 - Self.seasonDecay) / Float(season.slotSteps)
    means[slot] = mean + max(warm, 1 / Float(seen)) * (offset - mean)
  }
}
