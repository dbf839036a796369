/// The newest offsets of one series, NaN where missing, and its season profiles: a view of memory
/// that a table or a training lane owns.
///
/// - Shape: offsets [capacity + slots of the profiles]
struct SeriesRing {
  let offsets: UnsafeMutablePointer<Float>
  let capacity: Int
  /// Floats of ring and profiles.
  let memorySize: Int
  /// Steps so far, missing ones included.
  private(set) var steps: Int
  /// Slot of the newest step, −1 before the first.
  private var newest: Int

  @inline(__always)
  init(offsets: UnsafeMutablePointer<Float>, layout: borrowing FeatureLayout, steps: Int) {
    self.offsets = offsets
    capacity = layout.capacity
    memorySize = layout.memorySize
    self.steps = steps
    newest = steps == 0 ? -1 : (steps - 1) % capacity
  }

  /// Steps that can be looked back at.
  var count: Int { min(steps, capacity) }

  /// The offset `back` steps before the newest; NaN beyond what is kept.
  @inline(__always)
  func offset(back: Int) -> Float {
    if back >= count { return .nan }
    let slot = newest - back
    return offsets[slot < 0 ? slot + capacity : slot]
  }

  @inline(__always)
  func profile(_ season: SeasonPlace) -> SeasonProfile {
    SeasonProfile(means: offsets + season.profileOffset, season: season)
  }

  @inline(__always)
  mutating func append(_ offset: Float) {
    newest += 1
    if newest == capacity { newest = 0 }
    offsets[newest] = offset
    steps += 1
  }

  /// Makes the newest steps missing.
  func forget(newest count: Int) {
    for back in 0..<min(count, self.count) {
      let slot = newest - back
      offsets[slot < 0 ? slot + capacity : slot] = .nan
    }
  }

  /// Expresses all offsets relative to an anchor that moved by `delta`.
  func moveAnchor(by delta: Double) {
    for slot in 0..<memorySize {
      offsets[slot] = SeriesRing.stored(Double(offsets[slot]) - delta)
    }
  }

  /// An offset in single precision, never infinite.
  @inline(__always)
  static func stored(_ offset: Double) -> Float {
    let limit = 1e38
    return Float(offset > limit ? limit : offset < -limit ? -limit : offset)
  }
}
