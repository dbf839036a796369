package import Calibration
import TimeSeries

// Baselines keep no past of their own: they read the values that the model's ring has.

extension SeriesStates {
  /// The past values of each series that its baselines need when the next step's value comes.
  package func collectLags(_ rows: [Int], into lags: inout [BaselineLags]) {
    lags.removeAll(keepingCapacity: true)
    var clock = SeasonClock()
    withReadPointers { states in
      for row in rows {
        let scaler = states.scaler(row)
        // A series without a step has no past.
        if states.times[row] != .min { clock.move(to: states.times[row], layout: layout) }
        let past = SeasonalPast(ring: states.ring(row, layout), clock: clock)
        let anchor = scaler.anchor
        let last = anchor + Double(past.ring.offset(back: 0))
        let hasSeason = layout.short.length > 0
        lags.append(
          BaselineLags(
            last: last,
            short: hasSeason
              ? anchor + Double(past.offset(layout.short, place: clock.short, ahead: 1)) : last,
            shortBefore: anchor
              + Double(
                hasSeason
                  ? past.offset(layout.short, place: clock.short, ahead: 0)
                  : past.ring.offset(back: 1)),
            long: anchor + Double(past.offset(layout.long, place: clock.long, ahead: 1)),
            longBefore: anchor + Double(past.offset(layout.long, place: clock.long, ahead: 0)),
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
    var clock = SeasonClock()
    withReadPointers { states in
      for (number, row) in rows.enumerated() {
        let scaler = states.scaler(row)
        clock.move(to: states.times[row], layout: layout)
        origins.inputs[number].time = states.times[row]
        origins.inputs[number].leads = clock.leads
        origins.inputs[number].newest =
          scaler.observed == 0 ? .nan : states.lastValue(row)
        origins.inputs[number].scale = SeriesScale(scaler)
        guard origins.readsSeasons[number] else { continue }
        let past = SeasonalPast(ring: states.ring(row, layout), clock: clock)
        let (short, long) = origins.seasons(number)
        if layout.short.length > 0 {
          past.write(
            layout.short, place: clock.short, anchor: scaler.anchor, horizon: layout.horizon,
            into: short)
        } else {
          short[0] = scaler.anchor + Double(past.ring.offset(back: 1))
          (short + 1).update(
            repeating: scaler.anchor + Double(past.ring.offset(back: 0)), count: layout.horizon)
        }
        if layout.long.length > 0 {
          past.write(
            layout.long, place: clock.long, anchor: scaler.anchor, horizon: layout.horizon,
            into: long)
        }
      }
    }
  }
}

/// A series' past at the phases of its newest step and of steps ahead of it.
private struct SeasonalPast {
  let ring: SeriesRing
  /// At the newest step.
  let clock: SeasonClock

  /// The values at the phases of the newest step and of all steps ahead: [horizon + 1].
  ///
  /// - Parameter place: of the newest step in the season.
  func write(
    _ season: SeasonPlace, place: Int, anchor: Double, horizon: Int,
    into values: UnsafeMutablePointer<Double>
  ) {
    guard season.isInRing else {
      let profile = ring.profile(season)
      var place = place
      for ahead in 0...horizon {
        values[ahead] = anchor + Double(profile.offset(place: place))
        place = clock.place(after: place, season, ahead: ahead + 1)
      }
      return
    }
    var back = season.length
    for ahead in 0...horizon {
      values[ahead] =
        anchor + Double(ring.newestOffset(season, plain: back, ahead: ahead, clock))
      back = back == 0 ? season.length - 1 : back - 1
    }
  }

  /// The newest known offset at the phase of the newest step (`ahead` 0) or of the one after it (1).
  func offset(_ season: SeasonPlace, place: Int, ahead: Int) -> Float {
    guard season.length > 0 else { return .nan }
    guard season.isInRing else {
      let place = ahead == 0 ? place : clock.place(after: place, season, ahead: 1)
      return ring.profile(season).offset(place: place)
    }
    return ring.newestOffset(season, plain: season.length - ahead, ahead: ahead, clock)
  }
}

extension SeriesScale {
  init(_ scaler: SeriesScaler) {
    let scales = scaler.scales
    self.init(
      mean: scaler.anchor + scaler.mean, deviation: scales.deviation, unit: scales.unit)
  }
}
