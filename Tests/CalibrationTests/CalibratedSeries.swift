import Calibration
import TimeSeries

/// One series, a stand-in for the network, and a calibration table between them, stepped as a worker
/// would; records what was published at every n-th origin.
struct CalibratedSeries {
  static let interval: Milliseconds = 3_600_000

  let horizon: Int
  let levels: [Double]
  let season: Int
  var table: CalibrationTable
  private(set) var history: [Double] = []
  /// Forecasts for which the network was asked.
  private(set) var networkCount = 0
  /// Of each forecast: the origin, who made it, and [horizon, levels].
  private(set) var forecasts: [(origin: Int, forecaster: Forecaster, values: [Double])] = []

  init(
    _ settings: CalibrationSettings, horizon: Int = 8, levels: [Double] = ForecastLevels.standard,
    season: Int = 0, isNonNegative: Bool = false
  ) {
    self.horizon = horizon
    self.levels = levels
    self.season = season
    table = CalibrationTable(
      settings: settings, interval: Self.interval, seasons: season > 0 ? [season] : [],
      horizon: horizon, levels: levels, isNonNegative: isNonNegative)
    table.appendRow()
  }

  /// - Parameter network: [horizon, levels] from what the series knows, on the scale of the series.
  mutating func step(
    _ value: Double, isTrained: Bool = true, unit: Double = 1, deviation: Double = 1,
    mean: Double = 0, network: (CalibratedSeries) -> [Double]
  ) {
    let scale = SeriesScale(mean: mean, deviation: deviation, unit: unit)
    let lag = max(season, 1)
    table.observe(
      rows: [0], times: [Int64(history.count) * Self.interval], values: [value],
      lags: [
        BaselineLags(
          last: past(1), short: past(lag), shortBefore: past(lag + 1), long: .nan,
          longBefore: .nan, scale: scale)
      ])
    history.append(value)
    guard history.count > 1 else { return }
    var values = network(self)
    let short = (0...horizon).map { ahead -> Double in
      var back = lag - ahead
      while back < 0 { back += lag }
      return past(back + 1)
    }
    let outcome = table.forecast(
      row: 0, values: &values, horizon: horizon, isTrained: isTrained,
      time: Int64(history.count - 1) * Self.interval,
      newest: history.last { $0.isFinite } ?? .nan, scale: scale, seasons: short)
    if outcome.neededNetwork { networkCount += 1 }
    forecasts.append((history.count - 1, outcome.forecaster, values))
  }

  /// The value that many places before the end.
  private func past(_ back: Int) -> Double {
    history.count >= back ? history[history.count - back] : .nan
  }

  /// Share of values within [low, high] over the forecasts from an origin on.
  func coverage(_ low: Double, _ high: Double, from start: Int, to end: Int = .max) -> Double {
    let ends = ForecastLevels.indices(of: [low, high], in: levels)
    var inside = 0
    var count = 0
    for (origin, _, values) in forecasts where origin >= start && origin < end {
      for step in 0..<horizon where origin + 1 + step < history.count {
        let actual = history[origin + 1 + step]
        count += 1
        let first = step * levels.count
        if values[first + ends[0]] <= actual, actual <= values[first + ends[1]] { inside += 1 }
      }
    }
    return Double(inside) / Double(count)
  }

  /// Share of the forecasts from an origin on that a kind of forecaster made.
  func share(from start: Int, of isWanted: (Forecaster) -> Bool) -> Double {
    let late = forecasts.filter { $0.origin >= start }
    return Double(late.count { isWanted($0.forecaster) }) / Double(late.count)
  }

  var isOrderedAndFinite: Bool {
    forecasts.allSatisfy { forecast in
      forecast.values.allSatisfy(\.isFinite)
        && (0..<horizon).allSatisfy { step in
          let row = forecast.values[step * levels.count..<(step + 1) * levels.count]
          return zip(row, row.dropFirst()).allSatisfy { $0 <= $1 }
        }
    }
  }

  /// Normal quantiles about a centre for every step.
  func normal(centre: Double, spread: Double) -> [Double] {
    let quantiles = levels.map { centre + spread * Self.probit($0) }
    return (0..<horizon).flatMap { _ in quantiles }
  }

  /// Abramowitz & Stegun 26.2.23, to 4.5e-4.
  private static func probit(_ level: Double) -> Double {
    if level == 0.5 { return 0 }
    let tail = min(level, 1 - level)
    let t = (-2 * logarithm(tail)).squareRoot()
    let z =
      t - (2.515_517 + t * (0.802_853 + t * 0.010_328))
      / (1 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)))
    return level < 0.5 ? -z : z
  }

  private static func logarithm(_ x: Double) -> Double {
    // By halving into [0.5, 1) and the series of artanh.
    var value = x
    var halvings = 0.0
    while value < 0.5 {
      value *= 2
      halvings += 1
    }
    let s = (value - 1) / (value + 1)
    var term = s
    var sum = 0.0
    for index in 0..<30 {
      sum += term / Double(2 * index + 1)
      term *= s * s
    }
    return 2 * sum - halvings * 0.693_147_180_559_945_3
  }
}

extension CalibrationSettings {
  /// Without baselines, and quicker than the default, so that tests are short.
  static var alone: CalibrationSettings {
    var settings = CalibrationSettings()
    settings.baselines = false
    settings.shiftRate = 0.01
    return settings
  }

  static var off: CalibrationSettings {
    var settings = alone
    settings.enabled = false
    return settings
  }
}

extension CalibrationTable {
  /// One series' forecast, as a worker makes it; where the network is not asked, there are no values
  /// of its to be read.
  ///
  /// - Parameters:
  ///   - values: the network's, then the published ones: [horizon, levels]
  ///   - seasons: of both seasons: [horizon + 1]
  mutating func forecast(
    row: Int, values: inout [Double], horizon: Int, isTrained: Bool, time: Milliseconds,
    newest: Double, scale: SeriesScale, seasons: [Double]
  ) -> (forecaster: Forecaster, neededNetwork: Bool) {
    let origins = BaselineOrigins(capacity: 1, horizon: horizon)
    dropUntrained(rows: [row], isTrained: isTrained)
    planSeasons(rows: [row], all: false, origins)
    origins.inputs[0].time = time
    origins.inputs[0].newest = newest
    origins.inputs[0].scale = scale
    if origins.readsSeasons[0] {
      origins.seasons(0).short.update(from: seasons, count: horizon + 1)
      origins.seasons(0).long.update(from: seasons, count: horizon + 1)
    }
    var neededNetwork = true
    planNetwork(rows: [row], origins, into: &neededNetwork)
    if !neededNetwork { values = values.map { _ in .nan } }
    let levelCount = values.count / horizon
    var (spread, isWarming, forecaster) = (scale.unit, false, Forecaster.network)
    values.withUnsafeMutableBufferPointer { values in
      withUnsafeMutablePointer(to: &spread) { spread in
        withUnsafeMutablePointer(to: &isWarming) { isWarming in
          withUnsafeMutablePointer(to: &forecaster) { forecaster in
            correct(
              rows: [row], isTrained: isTrained, origins,
              into: ForecastRows(
                values: values.baseAddress!, spreads: spread, isWarming: isWarming,
                forecasters: forecaster, horizon: horizon, levelCount: levelCount))
          }
        }
      }
    }
    return (forecaster, neededNetwork)
  }
}
