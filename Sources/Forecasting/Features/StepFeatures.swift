import TimeSeries

/// Takes one step of one series into its scaler, ring and profiles, and gives what the network sees
/// of its value.
///
/// The anchor moves when offsets have grown so large beside the spread that single precision would
/// lose it; ring and profiles are expressed anew then.
///
/// - Parameter value: NaN where missing: the scaler stays, the level is carried.
@inline(__always)
func acceptStep(
  _ layout: borrowing FeatureLayout, scaler: inout SeriesScaler, ring: inout SeriesRing,
  calendar: StepCalendar, value: Double
) -> StepInput {
  guard value.isFinite else {
    ring.append(.nan)
    let carried = carriedOffset(scaler, ring: ring, lookback: layout.recent)
    return StepInput(level: (carried - scaler.mean) / scaler.scales.deviation, difference: nil)
  }
  if scaler.observed == 0 { scaler.anchor = value }
  var offset = SeriesRing.stored(value - scaler.anchor)
  if scaler.observed > 32, abs(Double(offset)) > 131_072 * scaler.scales.unit {
    let delta = Double(offset)
    scaler.moveAnchor(by: delta)
    ring.moveAnchor(by: delta)
    offset = SeriesRing.stored(value - scaler.anchor)
  }
  let expected =
    layout.short.profileSlots > 0
    ? ring.profile(layout.short).offset(place: calendar.clock.short)
    : offsetOneLag(before: calendar.clock, layout, ring)
  scaler.update(offset: Double(offset), lagged: Double(expected), rate: layout.scalerRate)
  if layout.short.profileSlots > 0 {
    ring.profile(layout.short).update(
      place: calendar.clock.short, offset: offset, steps: ring.steps)
  }
  if layout.long.profileSlots > 0 {
    ring.profile(layout.long).update(
      place: calendar.clock.long, offset: offset, steps: ring.steps)
  }
  ring.append(offset)
  let scales = scaler.scales
  return StepInput(
    level: (Double(offset) - scaler.mean) / scales.deviation,
    difference: expected.isNaN ? 0 : (Double(offset) - Double(expected)) / scales.unit)
}

/// The offset one lag before a step that is not in the ring yet, by the clock at that step.
@inline(__always)
private func offsetOneLag(
  before clock: SeasonClock, _ layout: borrowing FeatureLayout, _ ring: SeriesRing
) -> Float {
  guard layout.short.isInRing, clock.seesChange(layout.short) else {
    return ring.offset(back: layout.lag - 1)
  }
  let back = clock.back(layout.lag, ahead: 0)
  return back > 0 ? ring.offset(back: back - 1) : .nan
}

/// What the network sees of a step's value, squashed, in 16-bit fixed point: half of the bytes of
/// single precision, since the newest steps' inputs are kept for re-warming.
///
/// Inputs are rounded to this before the network sees them the first time, so that a replay is
/// exact.
struct StepInput: Sendable, Equatable {
  /// Steps of a squashed value's unit; the range ±16 holds values up to four million deviations.
  static let resolution: Float = 2048
  static let missing = Int16.min

  /// Offset from the mean in deviations.
  let level: Int16
  /// Offset from the season before in units, `missing` where the step was.
  let difference: Int16

  @inline(__always)
  init(level: Double, difference: Double?) {
    self.level = Self.rounded(level)
    self.difference = difference.map { Self.rounded($0) } ?? Self.missing
  }

  @inline(__always)
  init(level: Int16, difference: Int16) {
    self.level = level
    self.difference = difference
  }

  @inline(__always)
  private static func rounded(_ value: Double) -> Int16 {
    let scaled = (squash(Float(value)) * resolution).rounded()
    return Int16(min(max(scaled, -32_767), 32_767))
  }

  /// - Shape: inputs [8]
  @inline(__always)
  func write(_ calendar: StepCalendar, into inputs: UnsafeMutablePointer<Float>) {
    inputs[0] = Float(level) / Self.resolution
    inputs[1] = difference == Self.missing ? 0 : Float(difference) / Self.resolution
    inputs[2] = difference == Self.missing ? 0 : 1
    inputs[3] = calendar.short.sine
    inputs[4] = calendar.short.cosine
    inputs[5] = calendar.long.sine
    inputs[6] = calendar.long.cosine
    inputs[7] = calendar.weekend.step
  }
}

/// The newest known offset, or the mean where none is near.
@inline(__always)
func carriedOffset(_ scaler: SeriesScaler, ring: SeriesRing, lookback: Int) -> Double {
  for distance in 0..<lookback {
    let offset = ring.offset(back: distance)
    if !offset.isNaN { return Double(offset) }
  }
  return scaler.mean
}
