package import TimeSeries

// What the baselines of a series are made of: values that the model's ring has anyway.

extension SeriesStates {
  /// What is needed of the past when the next step's value comes.
  package func lags(_ row: Int) -> BaselineLags {
    let layout = layout
    return withReadPointers { states in
      let past = SeasonalPast(layout, ring: states.ring(row, layout), time: states.times[row])
      let anchor = states.scaler(row).anchor
      func value(_ season: SeasonPlace, ahead: Int) -> Double {
        anchor + Double(past.offset(season, ahead: ahead))
      }
      let last = anchor + Double(past.ring.offset(back: 0))
      let hasSeason = layout.short.length > 0
      return BaselineLags(
        last: last, short: hasSeason ? value(layout.short, ahead: 1) : last,
        shortBefore: hasSeason
          ? value(layout.short, ahead: 0) : anchor + Double(past.ring.offset(back: 1)),
        long: value(layout.long, ahead: 1), longBefore: value(layout.long, ahead: 0),
        scale: SeriesScale(states.scaler(row)))
    }
  }

  /// Level and spread of a series.
  package func seriesScale(_ row: Int) -> SeriesScale { SeriesScale(scaler(row)) }

  /// The values one season before the newest step and before each step ahead, of both seasons: of as
  /// many seasons before as it takes to be known, not a number where none is. Without a season the
  /// short one is a step.
  ///
  /// - Shape: short, long [horizon + 1]
  package func seasonalValues(
    _ row: Int, into short: UnsafeMutablePointer<Double>,
    _ long: UnsafeMutablePointer<Double>
  ) {
    let layout = layout
    withReadPointers { states in
      let past = SeasonalPast(layout, ring: states.ring(row, layout), time: states.times[row])
      let anchor = states.scaler(row).anchor
      for ahead in 0...layout.horizon {
        let offset =
          layout.short.length > 0
          ? past.offset(layout.short, ahead: ahead) : past.ring.offset(back: ahead == 0 ? 1 : 0)
        short[ahead] = anchor + Double(offset)
      }
      guard layout.long.length > 0 else { return }
      for ahead in 0...layout.horizon {
        long[ahead] = anchor + Double(past.offset(layout.long, ahead: ahead))
      }
    }
  }
}

/// A series' past at the phases of its steps.
private struct SeasonalPast {
  let ring: SeriesRing
  /// Of the newest step in each season.
  private let shortPlace: Int
  private let longPlace: Int
  private let longOffset: Int

  init(_ layout: borrowing FeatureLayout, ring: SeriesRing, time: Milliseconds) {
    self.ring = ring
    // A season that the ring holds is looked up by steps, one in a profile by its place.
    let needsPlace = layout.short.profileSlots > 0 || layout.long.profileSlots > 0
    let step = needsPlace && time != .min ? floorDivide(time, layout.interval) : 0
    shortPlace = Self.place(step, layout.short)
    longPlace = Self.place(step, layout.long)
    longOffset = layout.long.profileOffset
  }

  private static func place(_ step: Int64, _ season: SeasonPlace) -> Int {
    guard season.profileSlots > 0 else { return 0 }
    let length = Int64(season.length)
    return Int(step - floorDivide(step, length) * length)
  }

  /// The newest known offset of the phase that a step ahead of the newest has, itself being 0.
  func offset(_ season: SeasonPlace, ahead: Int) -> Float {
    guard season.length > 0 else { return .nan }
    guard season.isInRing else {
      let newest = season.profileOffset == longOffset ? longPlace : shortPlace
      return ring.profile(season).offset(place: (newest + ahead) % season.length)
    }
    var back = season.length - ahead % season.length
    if ahead > 0, back == season.length { back = 0 }
    var offset = ring.offset(back: back)
    while offset.isNaN, back + season.length < ring.count {
      back += season.length
      offset = ring.offset(back: back)
    }
    return offset
  }
}

extension SeriesScale {
  init(_ scaler: SeriesScaler) {
    let scales = scaler.scales
    self.init(
      mean: scaler.anchor + scaler.mean, deviation: scales.deviation, unit: scales.unit)
  }
}
