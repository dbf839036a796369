import TimeSeries

/// Writes what the head sees at the newest step as a forecast's origin.
///
/// - Shape: context [C], bases [K, N]
/// - Precondition: something was observed.
/// - Complexity: O(seasons · horizon), more only where phases were missing in earlier seasons.
@inline(__always)
func writeOrigin(
  _ layout: borrowing FeatureLayout, scaler: SeriesScaler, ring: SeriesRing,
  phases: SeasonPhases, context: UnsafeMutablePointer<Float>, bases: UnsafeMutablePointer<Float>
) {
  let horizon = layout.horizon
  let scales = scaler.scales
  let level = Float(carriedOffset(scaler, ring: ring, back: 0, lookback: ring.capacity))
  var next = context
  var known: (Float, Float) = (0, 0)
  // Offsets first, into the bases.
  if layout.seasonCount > 0 {
    known.0 = writeSeason(
      ring, season: layout.shortSeason, horizon: horizon, level: level, fallback: nil, into: bases)
  }
  if layout.seasonCount > 1 {
    known.1 = writeSeason(
      ring, season: layout.longSeason, horizon: horizon, level: level, fallback: bases,
      into: bases + horizon)
  }
  let seasonal = layout.seasonCount * horizon
  scale(bases, count: seasonal, mean: scaler.mean, divisor: scales.deviation, into: next)
  next += seasonal
  let recentMean = writeRecent(layout, ring: ring, level: level, into: next)
  scale(next, count: layout.recent, mean: scaler.mean, divisor: scales.deviation, into: next)
  next += layout.recent
  squash(context, count: seasonal + layout.recent)

  (bases + seasonal).update(repeating: level, count: horizon)
  (bases + seasonal + horizon).update(repeating: recentMean, count: horizon)
  scale(
    bases, count: seasonal + 2 * horizon, mean: scaler.mean, divisor: scales.unit, into: bases)
  (bases + seasonal + 2 * horizon).update(repeating: 0, count: horizon)

  if layout.seasonCount > 0 {
    next[0] = phases.short.sine
    next[1] = phases.short.cosine
    next += 2
  }
  if layout.seasonCount > 1 {
    next[0] = phases.long.sine
    next[1] = phases.long.cosine
    next += 2
  }
  next[0] = Float(min(1, Double(scaler.observed) / layout.oldAge))
  next += 1
  if layout.seasonCount > 0 { next[0] = known.0 }
  if layout.seasonCount > 1 { next[1] = known.1 }
  next += layout.seasonCount
  next[0] = squash(Float(scales.deviation / scales.unit))
  next[1] = ring.offset(back: 0).isNaN ? 0 : 1
}

/// The newest known offset of each target's phase; where there is none, the fallback's.
///
/// - Returns: the share of targets whose phase is known.
/// - Shape: fallback, output [N]
@inline(__always)
private func writeSeason(
  _ ring: SeriesRing, season: Int, horizon: Int, level: Float,
  fallback: UnsafeMutablePointer<Float>?, into output: UnsafeMutablePointer<Float>
) -> Float {
  var known = 0
  var first = season - 1
  for step in 0..<horizon {
    var back = first
    var offset = ring.offset(back: back)
    while offset.isNaN, back + season < ring.count {
      back += season
      offset = ring.offset(back: back)
    }
    if offset.isNaN {
      output[step] = fallback.map { $0[step] } ?? level
    } else {
      output[step] = offset
      known += 1
    }
    first = first == 0 ? season - 1 : first - 1
  }
  return Float(known) / Float(horizon)
}

/// The newest offsets, oldest first, gaps carried forward; a history that is shorter is preceded
/// by its first value.
///
/// - Returns: the mean of the known ones.
/// - Shape: output [recent]
@inline(__always)
private func writeRecent(
  _ layout: borrowing FeatureLayout, ring: SeriesRing, level: Float,
  into output: UnsafeMutablePointer<Float>
) -> Float {
  let recent = layout.recent
  var carried = Float.nan
  var sum = 0.0
  var known = 0
  for place in 0..<recent {
    let offset = ring.offset(back: recent - 1 - place)
    if !offset.isNaN {
      if known == 0 { output.update(repeating: offset, count: place) }
      carried = offset
      sum += Double(offset)
      known += 1
    }
    output[place] = carried
  }
  if known == 0 {
    output.update(repeating: level, count: recent)
    return level
  }
  return Float(sum / Double(known))
}

/// output = (offset − mean) / divisor, within ±1e6; output may be the offsets.
@inline(__always)
private func scale(
  _ offsets: UnsafePointer<Float>, count: Int, mean: Double, divisor: Double,
  into output: UnsafeMutablePointer<Float>
) {
  let factor = 1 / divisor
  for index in 0..<count {
    output[index] = Float(min(max((Double(offsets[index]) - mean) * factor, -1e6), 1e6))
  }
}
