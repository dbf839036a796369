import Scores
import TimeSeries

/// The scores of the forecasts of one series.
struct SeriesScores: Sendable {
  /// A forecast kept to be drawn.
  struct Fan: Sendable {
    var origin: Int
    /// [horizon, levels]
    var values: [Float]
  }

  /// How many forecasts are kept to be drawn: the newest ones that do not overlap.
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
  /// The network's own forecasts, whoever made the published ones.
  private(set) var network: ForecastScore
  /// Indexed by the number of the baseline.
  private(set) var baselines: [ComparedScore]
  /// How many forecasts each forecaster made, by its number.
  private(set) var forecasters = [Int](repeating: 0, count: Forecaster.allCases.count)
  private(set) var forecastCount = 0
  private(set) var fans: [Fan] = []
  private let levels: ScoredLevels

  /// - Parameter history: values of the rows up to the first origin.
  init(
    name: String, stream: String, season: SeasonOfRows, levels: ScoredLevels, horizon: Int,
    history: ArraySlice<Double>
  ) {
    self.name = name
    self.stream = stream
    self.season = season.length
    self.levels = levels
    scale = Self.scale(history, season)
    let empty = ForecastScore(levels: levels, horizon: horizon)
    forecast = empty
    network = empty
    baselines = BaselineKind.allCases.map { _ in ComparedScore(empty) }
  }

  /// Computes the scale with another season; the scores stay.
  ///
  /// - Parameter history: the values that the scores began with.
  mutating func scale(bySeason season: SeasonOfRows, of history: ArraySlice<Double>) {
    self.season = season.length
    scale = Self.scale(history, season)
  }

  private static func scale(_ history: ArraySlice<Double>, _ season: SeasonOfRows) -> Double {
    var sum = 0.0
    var count = 0
    for row in history.indices {
      let before = season.row(before: row)
      guard before >= history.startIndex, before < row else { continue }
      let difference = abs(history[row] - history[before])
      guard difference.isFinite else { continue }
      sum += difference
      count += 1
    }
    return sum / Double(count)
  }

  /// Scores a forecast and, at the same targets, the forecasts of the network and the baselines.
  ///
  /// - Parameter actuals: by row.
  mutating func add(_ made: ForecastRecorder.Matured, actuals: [Double]) {
    forecastCount += 1
    forecasters[made.forecaster.number] += 1
    let horizon = forecast.horizon
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
