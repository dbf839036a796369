import MetricFormats
import Scores
import TimeSeries

/// Compares the medians of the forecasts with the values played, beside the naive forecast that the
/// last value stays.
struct MedianAccuracy {
  private struct Forecast {
    var time: Milliseconds
    var step: Milliseconds
    var medians: [Float]
  }

  struct Result {
    /// Series with forecasts of a trained model that have values to compare with.
    var seriesCount = 0
    var betterCount = 0
  }

  private var forecasts: [String: [Forecast]] = [:]

  /// Forecasts from before the first training are seasonal baselines, and not compared.
  mutating func add(_ record: ForecastRecord) {
    guard record.modelVersion > 0, !record.quantiles.isEmpty else { return }
    let count = record.quantiles.count
    let median = ForecastLevels.medianIndex(of: record.quantiles)
    forecasts[record.series.key, default: []].append(
      Forecast(
        time: record.time, step: record.step,
        medians: (0..<record.horizon).map { Float(record.values[$0 * count + median]) }))
  }

  /// Over all steps of all forecasts.
  func result(_ played: PlayedSteps) -> Result {
    var result = Result()
    for (series, forecasts) in forecasts {
      let values = played.values(of: series)
      var score = NaiveComparison()
      for forecast in forecasts {
        guard let last = values[forecast.time] else { continue }
        for (number, median) in forecast.medians.enumerated() {
          let time = forecast.time + Int64(number + 1) * forecast.step
          guard let value = values[time] else { continue }
          score.add(actual: value, median: Double(median), low: .nan, high: .nan, naive: last)
        }
      }
      // A series that never moved has nothing to forecast.
      guard score.naive.sum > 0 else { continue }
      result.seriesCount += 1
      if score.isBelowNaive { result.betterCount += 1 }
    }
    return result
  }
}
