import Forecasting
import MetricFormats
import TimeSeries

/// Buffers of the computing stages, reused from segment to segment.
struct SegmentWorkspace: ~Copyable {
  var rounds = StepRounds()
  /// The stream's steps: their number in the partition's sequence, and their row.
  var entries: [Int32] = []
  var entryRows: [Int32] = []
  /// One round, side by side.
  var roundEntries: [Int32] = []
  var rows: [Int] = []
  var times: [Milliseconds] = []
  var values: [Double] = []
  /// The rows of a round that can be forecast, and their entries.
  var forecastRows: [Int] = []
  var forecastEntries: [Int32] = []
  /// One a stream.
  let streams: [StreamWorkspace]

  init(streams settings: [StreamSettings]) { streams = settings.map { StreamWorkspace($0) } }

  /// Picks the steps of one stream out of the sequence and arranges them in rounds.
  mutating func select(stream: Int, from sequence: [StepEntry], rowCount: Int) {
    entries.removeAll(keepingCapacity: true)
    entryRows.removeAll(keepingCapacity: true)
    for (number, entry) in sequence.enumerated() where entry.stream == Int32(stream) {
      entries.append(Int32(number))
      entryRows.append(Int32(entry.step.row))
    }
    rounds.arrange(rows: entryRows, rowCount: rowCount)
  }

  /// Lays the steps of a round side by side.
  mutating func gather(round: Int, from sequence: [StepEntry]) {
    roundEntries.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    for position in rounds.range(ofRound: round) {
      let number = entries[Int(rounds.order[position])]
      let step = sequence[Int(number)].step
      roundEntries.append(number)
      rows.append(Int(step.row))
      times.append(step.time)
      values.append(step.value)
    }
  }
}

/// What the computing stages of one stream reuse; a class, so that a worker holds one a stream
/// although its parts cannot be copied.
final class StreamWorkspace {
  var forecasting: ForecastingWorkspace
  var forecasts = ForecastBatch()
  let forecastEncoder: ForecastEncoder
  let anomalyEncoder: AnomalyEncoder
  /// The computed quantile that is nearest to the median.
  let medianIndex: Int
  /// Where the published quantiles are among the computed ones.
  let publishedIndices: [Int]
  /// Values one short and one long season before the newest step and each step ahead.
  var shortSeason: [Double]
  var longSeason: [Double]
  /// What the network said of the series of a round, where an observer wants to know: [rows, horizon,
  /// quantiles].
  var networkValues: [Double] = []
  /// [horizon, published quantiles] of the record that is being encoded.
  var published: [Double]

  init(_ settings: StreamSettings) {
    forecasting = ForecastingWorkspace(settings: settings.model)
    forecastEncoder = ForecastEncoder(
      stream: settings.name, step: settings.alignment.interval, horizon: settings.model.horizon,
      quantiles: settings.publishedQuantiles)
    anomalyEncoder = AnomalyEncoder(stream: settings.name)
    medianIndex = ForecastLevels.medianIndex(of: settings.model.quantiles)
    publishedIndices = ForecastLevels.indices(
      of: settings.publishedQuantiles, in: settings.model.quantiles)
    shortSeason = Array(repeating: .nan, count: settings.model.horizon + 1)
    longSeason = shortSeason
    published = Array(
      repeating: 0, count: settings.model.horizon * settings.publishedQuantiles.count)
  }

  /// Room for the values of both seasons: [horizon + 1] each.
  func withSeasons<R>(
    _ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> R
  ) -> R {
    shortSeason.withUnsafeMutableBufferPointer { short in
      longSeason.withUnsafeMutableBufferPointer { long in
        guard let short = short.baseAddress, let long = long.baseAddress else {
          preconditionFailure("a horizon has steps")
        }
        return body(short, long)
      }
    }
  }

  /// Picks the published quantiles out of a forecast of all.
  ///
  /// - Parameter values: [horizon, computed quantiles]
  func selectPublished(_ values: UnsafeBufferPointer<Double>) {
    published.withUnsafeMutableBufferPointer { published in
      publishedIndices.withUnsafeBufferPointer { indices in
        let width = values.count * indices.count / published.count
        var next = 0
        for first in stride(from: 0, to: values.count, by: width) {
          for index in indices {
            published[next] = values[first + index]
            next += 1
          }
        }
      }
    }
  }
}
