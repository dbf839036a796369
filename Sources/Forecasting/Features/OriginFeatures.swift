import TimeSeries

/// Writes what the head sees at the newest step as a forecast's origin.
///
/// - Shape: context [C], bases [K, N]
/// - Precondition: something was observed.
/// - Complexity: O(horizon · short seasons in the ring).
@inline(__always)
func writeOrigin(
  _ layout: borrowing FeatureLayout, scaler: SeriesScaler, ring: SeriesRing,
  calendar: StepCalendar, context: UnsafeMutablePointer<Float>,
  bases: UnsafeMutablePointer<Float>
) {
  let horizon = layout.horizon
  let scales = scaler.scales
  let level = Float(carriedOffset(scaler, ring: ring, lookback: ring.capacity))
  var next = context
  // Offsets first: each context window is also a base.
  let known = writeSeasons(layout, ring: ring, calendar: calendar, level: level, into: bases)
  let seasonal = layout.baseCount - 3
  let spreads = next + seasonal * horizon
  let recentWindow = layout.seasonCount > 0 ? spreads + horizon : spreads
  let recentMean = writeRecent(layout, ring: ring, level: level, into: recentWindow)
  if layout.seasonCount > 0 {
    writePhases(
      layout, ring: ring, calendar: calendar, level: level, recentMean: recentMean,
      means: bases + layout.seasonCount * horizon, spreads: spreads)
    scale(spreads, count: horizon, mean: 0, divisor: scales.deviation, into: spreads)
  }
  scale(
    bases, count: seasonal * horizon, mean: scaler.mean, divisor: scales.deviation, into: next)
  scale(
    recentWindow, count: layout.recent, mean: scaler.mean, divisor: scales.deviation,
    into: recentWindow)
  next = recentWindow + layout.recent
  squash(context, count: next - context)

  scale(bases, count: seasonal * horizon, mean: scaler.mean, divisor: scales.unit, into: bases)
  // The newest value, the recent mean and the long-run mean are the same for all targets.
  let factor = 1 / scales.unit
  let constants = bases + seasonal * horizon
  constants.update(
    repeating: scaled(level, mean: scaler.mean, factor: factor), count: horizon)
  (constants + horizon).update(
    repeating: scaled(recentMean, mean: scaler.mean, factor: factor), count: horizon)
  (constants + 2 * horizon).update(repeating: 0, count: horizon)

  next = writeCalendar(layout, calendar, known: known, into: next)
  next[0] = Float(min(1, Double(scaler.observed) / layout.oldAge))
  next[1] = squash(Float(scales.deviation / scales.unit))
  next[2] = ring.offset(back: 0).isNaN ? 0 : 1
}

/// - Returns: where the context goes on.
@inline(__always)
private func writeCalendar(
  _ layout: borrowing FeatureLayout, _ calendar: StepCalendar, known: (short: Float, long: Float),
  into context: UnsafeMutablePointer<Float>
) -> UnsafeMutablePointer<Float> {
  var next = context
  next[0] = calendar.weekend.step
  next[1] = calendar.weekend.first
  next[2] = calendar.weekend.last
  next += 3
  if layout.seasonCount > 0 {
    next[0] = calendar.short.sine
    next[1] = calendar.short.cosine
    next[2] = known.short
    next += 3
  }
  if layout.seasonCount > 1 {
    next[0] = calendar.long.sine
    next[1] = calendar.long.cosine
    next[2] = known.long
    next += 3
  }
  return next
}

/// The offsets at the targets' local times in each season; where the long one knows none, the short
/// one's.
///
/// - Returns: the share of targets whose phase is known.
/// - Shape: bases [seasons, N]
@inline(__always)
private func writeSeasons(
  _ layout: borrowing FeatureLayout, ring: SeriesRing, calendar: StepCalendar, level: Float,
  into bases: UnsafeMutablePointer<Float>
) -> (short: Float, long: Float) {
  var known: (short: Float, long: Float) = (0, 0)
  if layout.seasonCount > 0 {
    known.short = writeSeason(
      layout.short, horizon: layout.horizon, ring: ring, calendar.clock,
      place: calendar.clock.short, level: level, fallback: nil, into: bases)
  }
  if layout.seasonCount > 1 {
    known.long = writeSeason(
      layout.long, horizon: layout.horizon, ring: ring, calendar.clock,
      place: calendar.clock.long, level: level, fallback: UnsafePointer(bases),
      into: bases + layout.horizon)
  }
  return known
}

@inline(__always)
private func writeSeason(
  _ season: SeasonPlace, horizon: Int, ring: SeriesRing, _ clock: SeasonClock, place: Int,
  level: Float, fallback: UnsafePointer<Float>?, into output: UnsafeMutablePointer<Float>
) -> Float {
  var known = 0
  // The target's steps back in the ring if the clock was never changed, and its place in the profile.
  var back = season.length - 1
  var place = place
  for step in 0..<horizon {
    place = clock.place(after: place, season, ahead: step + 1)
    let offset =
      season.isInRing
      ? ring.newestOffset(season, plain: back, ahead: step + 1, clock)
      : ring.profile(season).offset(place: place)
    if offset.isNaN {
      output[step] = fallback.map { $0[step] } ?? level
    } else {
      output[step] = offset
      known += 1
    }
    back = back == 0 ? season.length - 1 : back - 1
  }
  return Float(known) / Float(horizon)
}

/// Of each target's phase over the short seasons in the ring: the exponentially weighted mean of
/// its values, and their mean absolute deviation from it.
///
/// Where the season is kept as a profile, the mean is the profile moved to the level of the recent
/// window, and the deviation is zero.
///
/// - Shape: means, spreads [N]
@inline(__always)
private func writePhases(
  _ layout: borrowing FeatureLayout, ring: SeriesRing, calendar: StepCalendar, level: Float,
  recentMean: Float, means: UnsafeMutablePointer<Float>, spreads: UnsafeMutablePointer<Float>
) {
  let season = layout.short
  let clock = calendar.clock
  guard season.isInRing else {
    let profile = ring.profile(season)
    let move = recentMean - meanOfRecent(layout, profile, clock)
    var place = clock.short
    for step in 0..<layout.horizon {
      place = clock.place(after: place, season, ahead: step + 1)
      let moved = profile.offset(place: place) + move
      means[step] = moved.isNaN ? level : moved
      spreads[step] = 0
    }
    return
  }
  var back = season.length - 1
  for step in 0..<layout.horizon {
    let mean = weightedMean(ring, season, plain: back, ahead: step + 1, clock) { $0 }
    means[step] = mean.isNaN ? level : mean
    spreads[step] =
      mean.isNaN
      ? 0 : weightedMean(ring, season, plain: back, ahead: step + 1, clock) { abs($0 - mean) }
    back = back == 0 ? season.length - 1 : back - 1
  }
}

/// Over the known offsets of one phase, newer ones weighing more; NaN where there is none. The
/// parameters are those of `SeriesRing.visitSeasons`.
@inline(__always)
private func weightedMean(
  _ ring: SeriesRing, _ season: SeasonPlace, plain: Int, ahead: Int, _ clock: SeasonClock,
  _ value: (Float) -> Float
) -> Float {
  var sum: Float = 0
  var total: Float = 0
  var weight: Float = 1
  ring.visitSeasons(season, plain: plain, ahead: ahead, clock) { offset in
    if !offset.isNaN {
      sum += weight * value(offset)
      total += weight
    }
    weight *= SeasonProfile.seasonDecay
    return true
  }
  return total > 0 ? sum / total : .nan
}

/// The profile's mean over the phases of the recent window; NaN where one is not known.
@inline(__always)
private func meanOfRecent(
  _ layout: borrowing FeatureLayout, _ profile: SeasonProfile, _ clock: SeasonClock
) -> Float {
  var sum: Float = 0
  for back in 0..<layout.recent {
    sum += profile.offset(place: clock.place(before: clock.short, layout.short, back: back))
  }
  return sum / Float(layout.recent)
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
    output[index] = scaled(offsets[index], mean: mean, factor: factor)
  }
}

@inline(__always)
private func scaled(_ offset: Float, mean: Double, factor: Double) -> Float {
  Float(min(max((Double(offset) - mean) * factor, -1e6), 1e6))
}
