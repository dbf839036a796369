package import TimeSeries

// What the baselines of a series are made of: values that the model's ring has anyway.

extension SeriesStates {
  /// What is needed of the past when the next step's value comes.
  package func lags(_ row: Int) -> BaselineLags {
    let short = max(layout.shortSeason, 1)
    let long = layout.longSeason
    return withReadPointers { states in
      let ring = states.ring(row)
      let scaler = states.scaler(row)
      func value(back: Int) -> Double { scaler.anchor + Double(ring.offset(back: back)) }
      return BaselineLags(
        last: value(back: 0), short: value(back: short - 1), shortBefore: value(back: short),
        long: long > 0 ? value(back: long - 1) : .nan,
        longBefore: long > 0 ? value(back: long) : .nan, scale: SeriesScale(scaler))
    }
  }

  /// Level and spread of a series.
  package func seriesScale(_ row: Int) -> SeriesScale { SeriesScale(scaler(row)) }

  /// The values one season before the newest step and before each step ahead, of both seasons: of as
  /// many seasons before as it takes to be known, not a number where none is in the ring.
  ///
  /// - Shape: short, long [horizon + 1]
  package func seasonalValues(
    _ row: Int, into short: UnsafeMutablePointer<Double>,
    _ long: UnsafeMutablePointer<Double>
  ) {
    let horizon = layout.horizon
    withReadPointers { states in
      let ring = states.ring(row)
      let anchor = states.scaler(row).anchor
      Self.writeSeason(max(layout.shortSeason, 1), horizon: horizon, ring, anchor, into: short)
      if layout.longSeason > 0 {
        Self.writeSeason(layout.longSeason, horizon: horizon, ring, anchor, into: long)
      }
    }
  }

  private static func writeSeason(
    _ season: Int, horizon: Int, _ ring: SeriesRing, _ anchor: Double,
    into values: UnsafeMutablePointer<Double>
  ) {
    var first = season
    for step in 0...horizon {
      var back = first
      var offset = ring.offset(back: back)
      while offset.isNaN, back + season < ring.count {
        back += season
        offset = ring.offset(back: back)
      }
      values[step] = anchor + Double(offset)
      first = first == 0 ? season - 1 : first - 1
    }
  }
}

extension SeriesScale {
  init(_ scaler: SeriesScaler) {
    let scales = scaler.scales
    self.init(
      mean: scaler.anchor + scaler.mean, deviation: scales.deviation, unit: scales.unit)
  }
}
