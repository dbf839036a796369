package import Calibration
import TimeSeries

// Baselines keep no past of their own: they read the values that the model's ring has.

extension SeriesStates {
  /// The past values of each series that its baselines need when the next step's value comes.
  package func collectLags(_ rows: [Int], into lags: inout [BaselineLags]) {
    lags.removeAll(keepingCapacity: true)
    withReadPointers { states in
      for row in rows {
        let scaler = states.scaler(row)
        let past = SeasonalPast(layout, ring: states.ring(row, layout), time: states.times[row])
        let anchor = scaler.anchor
        let last = anchor + Double(past.ring.offset(back: 0))
        let hasSeason = layout.short.length > 0
        lags.append(
          BaselineLags(
            last: last,
            short: hasSeason ? anchor + Double(past.offset(layout.short, ahead: 1)) : last,
            shortBefore: anchor
              + Double(
                hasSeason ? past.offset(layout.short, ahead: 0) : past.ring.offset(back: 1)),
            long: anchor + Double(past.offset(layout.long, ahead: 1)),
            longBefore: anchor + Double(past.offset(layout.long, ahead: 0)),
            scale: SeriesScale(scaler)))
      }
    }
  }

  /// Describes what the baselines of each series forecast from at its newest step.
  ///
  /// Where `readsSeasons` asks for them, the values one season before that step and before each
  /// step ahead are written, too. Where such a value is missing, it is the value of the newest
  /// season before that has one, and NaN where none has. A series without a season has a short
  /// season of one step.
  package func describeOrigins(_ rows: [Int], _ origins: borrowing BaselineOrigins) {
    withReadPointers { states in
      for (number, row) in rows.enumerated() {
        let scaler = states.scaler(row)
        origins.inputs[number].time = states.times[row]
        origins.inputs[number].newest =
          scaler.observed == 0 ? .nan : states.lastValue(row)
        origins.inputs[number].scale = SeriesScale(scaler)
        guard origins.readsSeasons[number] else { continue }
        let past = SeasonalPast(layout, ring: states.ring(row, layout), time: states.times[row])
        let (short, long) = origins.seasons(number)
        if layout.short.length > 0 {
          past.write(layout.short, anchor: scaler.anchor, horizon: layout.horizon, into: short)
        } else {
          short[0] = scaler.anchor + Double(past.ring.offset(back: 1))
          (short + 1).update(
            repeating: scaler.anchor + Double(past.ring.offset(back: 0)), count: layout.horizon)
        }
        if layout.long.length > 0 {
          past.write(layout.long, anchor: scaler.anchor, horizon: layout.horizon, into: long)
        }
      }
    }
  }
}

/// A series' past at the phases of its steps.
private struct SeasonalPast {
  let ring: SeriesRing
  /// Phase of the newest step in each season.
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

  /// The values at the phases of the newest step and of all steps ahead: [horizon + 1].
  func write(
    _ season: SeasonPlace, anchor: Double, horizon: Int, into values: UnsafeMutablePointer<Double>
  ) {
    guard season.isInRing else {
      let profile = ring.profile(season)
      var place = self.place(season)
      for ahead in 0...horizon {
        values[ahead] = anchor + Double(profile.offset(place: place))
        place = place + 1 == season.length ? 0 : place + 1
      }
      return
    }
    var back = season.length
    for ahead in 0...horizon {
      values[ahead] = anchor + Double(ring.newestOffset(back: back, season: season.length))
      back = back == 0 ? season.length - 1 : back - 1
    }
  }

  /// The newest known offset of the phase that a step ahead of the newest has, itself being 0.
  func offset(_ season: SeasonPlace, ahead: Int) -> Float {
    guard season.length > 0 else { return .nan }
    guard season.isInRing else {
      return ring.profile(season).offset(place: (place(season) + ahead) % season.length)
    }
    var back = season.length - ahead % season.length
    if ahead > 0, back == season.length { back = 0 }
    return ring.newestOffset(back: back, season: season.length)
  }

  private func place(_ season: SeasonPlace) -> Int {
    season.profileOffset == longOffset ? longPlace : shortPlace
  }
}

extension SeriesScale {
  init(_ scaler: SeriesScaler) {
    let scales = scaler.scales
    self.init(
      mean: scaler.anchor + scaler.mean, deviation: scales.deviation, unit: scales.unit)
  }
}
