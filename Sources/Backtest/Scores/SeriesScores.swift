import TimeSeries

extension BaselineKind {
  /// As people call it.
  var title: String {
    switch self {
    case .naive: "naive"
    case .seasonalNaive: "seasonal naive"
    case .longSeasonalNaive: "long seasonal naive"
    case .holtWinters: "Holt–Winters"
    case .autoregression: "seasonal autoregression"
    }
  }

  var key: String { name.description }
}

extension Forecaster {
  /// As people call it.
  var title: String {
    switch self {
    case .network: "network"
    case .baseline(let kind): kind.title
    }
  }
}

/// The scores of a baseline, and of the daemon's forecasts of the same targets.
struct ComparedScore: Sendable {
  var baseline: ForecastScore
  var forecastLoss = 0.0

  init(_ empty: ForecastScore) { baseline = empty }

  /// The daemon's quantile loss as a share of the baseline's.
  var lossShare: Double {
    baseline.count == 0 ? .nan : Backtest.lossShare(forecastLoss, of: baseline.lossSum)
  }
}

/// What became of the forecasts of one series.
struct SeriesScores: Sendable {
  /// A forecast kept to be drawn.
  struct Fan: Sendable {
    var origin: Int
    /// [horizon, levels]
    var values: [Float]
  }

  /// Forecasts kept to be drawn, the newest ones, none of which begins before the other's end.
  static let fanCount = 7

  let name: String
  let stream: String
  private(set) var season: Int
  /// Mean absolute seasonal difference before the first origin, the unit of scaled errors; not a
  /// number where no two values are a season apart.
  ///
  /// - Source: Hyndman & Koehler 2006, "Another look at measures of forecast accuracy", eq. 3.
  private(set) var scale: Double
  private(set) var forecast: ForecastScore
  /// The network's own forecasts, whoever made the published one.
  private(set) var network: ForecastScore
  /// By the baseline's number.
  private(set) var baselines: [ComparedScore]
  /// Forecasts by the number of who made them.
  private(set) var forecasters = [Int](repeating: 0, count: Forecaster.allCases.count)
  private(set) var forecastCount = 0
  private(set) var fans: [Fan] = []
  private let levels: ScoredLevels

  /// - Parameter history: values of the rows up to the first origin.
  init(
    name: String, stream: String, season: Int, levels: ScoredLevels, horizon: Int,
    history: ArraySlice<Double>
  ) {
    self.name = name
    self.stream = stream
    self.season = season
    self.levels = levels
    scale = Self.scale(history, season: season)
    let empty = ForecastScore(levels: levels, horizon: horizon)
    forecast = empty
    network = empty
    baselines = BaselineKind.allCases.map { _ in ComparedScore(empty) }
  }

  /// Takes another season for the scale; what was added stays.
  ///
  /// - Parameter history: as at the beginning.
  mutating func scale(bySeason season: Int, of history: ArraySlice<Double>) {
    self.season = season
    scale = Self.scale(history, season: season)
  }

  private static func scale(_ history: ArraySlice<Double>, season: Int) -> Double {
    var sum = 0.0
    var count = 0
    for (value, before) in zip(history.dropFirst(season), history) {
      let difference = abs(value - before)
      guard difference.isFinite else { continue }
      sum += difference
      count += 1
    }
    return sum / Double(count)
  }

  /// Scores a forecast and, at the same targets, what the network and the baselines said.
  ///
  /// - Parameter actuals: by row.
  mutating func add(_ made: ForecastRecorder.Matured, actuals: [Double]) {
    forecastCount += 1
    forecasters[made.forecaster.number] += 1
    let horizon = forecast.counts.count
    let width = levels.levels.count
    for step in 0..<horizon {
      let actual = actuals[made.origin + 1 + step]
      guard actual.isFinite else { continue }
      let row = step * width
      let loss = forecast.add(step: step, actual: actual) { made.values[row + $0] }
      _ = network.add(step: step, actual: actual) { made.network[row + $0] }
      for (number, values) in made.baselines.enumerated() where !values.isEmpty {
        _ = baselines[number].baseline.add(step: step, actual: actual) { values[row + $0] }
        baselines[number].forecastLoss += loss
      }
    }
    keepFan(origin: made.origin, values: made.values, horizon: horizon)
  }

  private mutating func keepFan(origin: Int, values: [Double], horizon: Int) {
    if let last = fans.last, origin < last.origin + horizon { return }
    if fans.count == Self.fanCount { fans.removeFirst() }
    fans.append(Fan(origin: origin, values: values.map { Float($0) }))
  }

  /// Mean absolute scaled error; not a number where there is no scale.
  var scaledError: Double { scaled(forecast.meanError) }

  func scaled(_ error: Double) -> Double { scale > 0 ? error / scale : .nan }
}
