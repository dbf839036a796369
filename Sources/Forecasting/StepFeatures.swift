import TimeSeries

/// Takes one step of one series into its scaler and ring, and writes the network's inputs for it.
///
/// The anchor moves when offsets have grown so large beside the spread that single precision would
/// lose it; the ring is expressed anew then.
///
/// - Parameter value: NaN where missing: the scaler stays, the level is carried, the mask is 0.
/// - Shape: inputs [8]
@inline(__always)
func advanceStep(
  _ layout: borrowing FeatureLayout, scaler: inout SeriesScaler, ring: inout SeriesRing,
  phases: inout SeasonPhases, time: Milliseconds, value: Double,
  inputs: UnsafeMutablePointer<Float>
) {
  acceptStep(layout, scaler: &scaler, ring: &ring, value: value)
  phases.move(to: time, layout: layout)
  writeInputs(layout, scaler: scaler, ring: ring, back: 0, phases: phases, into: inputs)
}

/// The part of a step that the scaler and the ring see.
@inline(__always)
func acceptStep(
  _ layout: borrowing FeatureLayout, scaler: inout SeriesScaler, ring: inout SeriesRing,
  value: Double
) {
  guard value.isFinite else {
    ring.append(.nan)
    return
  }
  if scaler.observed == 0 { scaler.anchor = value }
  var offset = SeriesRing.stored(value - scaler.anchor)
  if scaler.observed > 32, abs(Double(offset)) > 131_072 * scaler.scales.unit {
    let delta = Double(offset)
    scaler.moveAnchor(by: delta)
    ring.moveAnchor(by: delta)
    offset = SeriesRing.stored(value - scaler.anchor)
  }
  // The step is not in the ring yet: one lag before it is lag − 1 back.
  let lagged = ring.offset(back: layout.shortLag - 1)
  scaler.update(offset: Double(offset), lagged: Double(lagged), rate: layout.scalerRate)
  ring.append(offset)
}

/// The network's inputs for the step that is `back` steps before the newest, on today's scale.
///
/// - Shape: inputs [8]
@inline(__always)
func writeInputs(
  _ layout: borrowing FeatureLayout, scaler: SeriesScaler, ring: SeriesRing, back: Int,
  phases: SeasonPhases, into inputs: UnsafeMutablePointer<Float>
) {
  let scales = scaler.scales
  let offset = ring.offset(back: back)
  if offset.isNaN {
    let carried = carriedOffset(scaler, ring: ring, back: back, lookback: layout.recent)
    inputs[0] = squash(Float((carried - scaler.mean) / scales.deviation))
    inputs[1] = 0
    inputs[2] = 0
    inputs[3] = 0
  } else {
    let short = offset - ring.offset(back: back + layout.shortLag)
    let long = offset - ring.offset(back: back + layout.longLag)
    inputs[0] = squash(Float((Double(offset) - scaler.mean) / scales.deviation))
    inputs[1] = short.isNaN ? 0 : squash(Float(Double(short) / scales.unit))
    inputs[2] = long.isNaN ? 0 : squash(Float(Double(long) / scales.unit))
    inputs[3] = 1
  }
  inputs[4] = phases.short.sine
  inputs[5] = phases.short.cosine
  inputs[6] = phases.long.sine
  inputs[7] = phases.long.cosine
}

/// The newest known offset at or before `back`, or the mean where none is near.
@inline(__always)
func carriedOffset(
  _ scaler: SeriesScaler, ring: SeriesRing, back: Int, lookback: Int
) -> Double {
  for distance in back..<(back + lookback) {
    let offset = ring.offset(back: distance)
    if !offset.isNaN { return Double(offset) }
  }
  return scaler.mean
}
