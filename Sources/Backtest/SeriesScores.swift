import TimeSeries

/// A forecaster that the daemon's forecasts are compared with.
enum ComparedBaseline: String, Sendable, CaseIterable {
  /// What the network said, whoever made the published forecast.
  case network
  case naive
  case seasonalNaive = "seasonal_naive"

  var title: String {
    switch self {
    case .network: "network alone"
    case .naive: "naive"
    case .seasonalNaive: "seasonal naive"
    }
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
  let season: Int
  /// Mean absolute seasonal difference before the first origin, the unit of scaled errors; not a
  /// number where no two values are a season apart.
  ///
  /// - Source: Hyndman & Koehler 2006, "Another look at measures of forecast accuracy", eq. 3.
  let scale: Double
  private(set) var forecast: ForecastScore
  private(set) var baselines: [ForecastScore]
  private(set) var forecastCount = 0
  /// How many of the forecasts each forecaster made, in the order of `ForecastSpeaker.allCases`.
  private(set) var speakerCounts = Array(repeating: 0, count: ForecastSpeaker.allCases.count)
  private(set) var fans: [Fan] = []
  private let levels: ScoredLevels
  private let normalScores: [Double]
  private var naives: [NaiveForecast]

  /// - Parameter history: values of the rows up to the first origin.
  init(
    name: String, stream: String, season: Int, levels: ScoredLevels, horizon: Int,
    history: ArraySlice<Double>
  ) {
    self.name = name
    self.stream = stream
    self.season = season
    self.levels = levels
    normalScores = levels.normalScores
    naives = [NaiveForecast(season: 1), NaiveForecast(season: season)]
    scale = Self.scale(history, season: season)
    let empty = ForecastScore(levels: levels, horizon: horizon)
    forecast = empty
    baselines = Array(repeating: empty, count: ComparedBaseline.allCases.count)
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

  /// Scores a forecast and, at the same targets, the baselines' ones.
  ///
  /// - Parameters:
  ///   - issued: as published, and what the network said. Shape: [horizon, levels]
  ///   - actuals: by row.
  mutating func add(_ issued: ForecastRecorder.Matured, actuals: [Double]) {
    forecastCount += 1
    speakerCounts[issued.speaker.number] += 1
    let origin = issued.origin
    let values = issued.values
    let horizon = forecast.counts.count
    let width = levels.levels.count
    for number in naives.indices { naives[number].learn(actuals[...origin]) }
    let points = naives.map { $0.values(actuals[...origin], horizon: horizon) }
    for step in 0..<horizon {
      let actual = actuals[origin + 1 + step]
      guard actual.isFinite else { continue }
      forecast.add(step: step, actual: actual) { values[step * width + $0] }
      baselines[0].add(step: step, actual: actual) { issued.network[step * width + $0] }
      for (number, point) in points.enumerated() where point[step].isFinite {
        baselines[number + 1].add(step: step, actual: actual) { level in
          point[step] + naives[number].deviation(step: step) * normalScores[level]
        }
      }
    }
    keepFan(origin: origin, values: values, horizon: horizon)
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
