import Calibration
import Detection
import Forecasting
import MetricFormats
import Metrics
import TimeSeries

/// Buffers of the computing stages, reused from segment to segment.
struct SegmentWorkspace: ~Copyable {
  var rounds = StepRounds()
  /// The steps of the present stream: their numbers in the partition's sequence, and their rows.
  var entries: [Int32] = []
  var entryRows: [Int32] = []
  /// The steps of the present round, their numbers in the sequence, and their rows, times and
  /// values in separate arrays. The values are those that may be learned: what is doubted of them is
  /// bounded (`DoubtTable`).
  var round: [StepEntry] = []
  var roundEntries: [Int32] = []
  var rows: [Int] = []
  var times: [Milliseconds] = []
  var values: [Double] = []
  /// Numbers within the round of the values with which a series begins anew.
  var restarted: [Int] = []
  /// The lags of each series before its step.
  var lags: [BaselineLags] = []
  /// What is planned for each step of the round; empty where no windows are.
  var planned: [PlannedEffect] = []
  /// What was forecast for each step some steps before.
  var ahead: [AheadForecast] = []
  /// The detector's verdict on each step of the round.
  var verdicts: [AnomalyVerdict] = []
  /// Numbers within the round of the steps whose series can be forecast; a block of these numbers,
  /// and the rows of the block.
  var forecastable: [Int] = []
  var block: [Int] = []
  var blockRows: [Int] = []
  /// Forecast records since the last commit by forecaster, in the order of `Forecaster.allCases`.
  var forecasterCounts = [Int](repeating: 0, count: Forecaster.allCases.count)
  /// Incidents since the last commit that did not open because of a planned window, by stream.
  var suppressedCounts: [Int]
  /// One for each stream.
  let streams: [StreamWorkspace]

  init(streams settings: [StreamSettings]) {
    streams = settings.map { StreamWorkspace($0) }
    suppressedCounts = Array(repeating: 0, count: settings.count)
  }

  /// Picks the steps of one stream out of the sequence and arranges them in rounds.
  ///
  /// - Parameter isByTime: whether each round has steps of one time only, so that series of a group are
  ///   judged in the order of time.
  mutating func select(
    stream: Int, from sequence: [StepEntry], rowCount: Int, isByTime: Bool
  ) {
    entries.removeAll(keepingCapacity: true)
    entryRows.removeAll(keepingCapacity: true)
    for (number, entry) in sequence.enumerated() where entry.stream == Int32(stream) {
      entries.append(Int32(number))
      entryRows.append(Int32(entry.step.row))
    }
    if isByTime {
      rounds.arrange(times: entries.lazy.map { sequence[Int($0)].step.time })
    } else {
      rounds.arrange(rows: entryRows, rowCount: rowCount)
    }
  }

  /// Copies the steps of a round into the arrays of the round.
  mutating func gather(round number: Int, from sequence: [StepEntry]) {
    round.removeAll(keepingCapacity: true)
    roundEntries.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    for position in rounds.range(ofRound: number) {
      let place = entries[Int(rounds.order[position])]
      let entry = sequence[Int(place)]
      round.append(entry)
      roundEntries.append(place)
      rows.append(Int(entry.step.row))
      times.append(entry.step.time)
      values.append(entry.step.value)
    }
  }

  /// Copies a range of `forecastable` into the block.
  mutating func selectBlock(_ range: Range<Int>) {
    block.removeAll(keepingCapacity: true)
    blockRows.removeAll(keepingCapacity: true)
    for number in forecastable[range] {
      block.append(number)
      blockRows.append(rows[number])
    }
  }

  /// Adds the counts to the metrics. They are added together, because each addition to a metric is
  /// an atomic operation.
  mutating func publishCounts(to metrics: PipelineMetrics) {
    for (number, count) in forecasterCounts.enumerated() where count > 0 {
      metrics.forecasters[number].add(count)
    }
    for (number, count) in suppressedCounts.enumerated() where count > 0 {
      metrics.suppressed[min(number, metrics.suppressed.count - 1)].add(count)
    }
    discardCounts()
  }

  mutating func discardCounts() {
    for number in forecasterCounts.indices { forecasterCounts[number] = 0 }
    for number in suppressedCounts.indices { suppressedCounts[number] = 0 }
  }
}

/// The reused buffers and the encoders of one stream. It is a class, so that an array can hold one
/// for each stream although its parts cannot be copied.
final class StreamWorkspace {
  var forecasting: ForecastingWorkspace
  var forecasts = ForecastBatch()
  let origins: BaselineOrigins
  /// Whether the network's forecast of a series is needed: [block].
  let needsNetwork: UnsafeMutablePointer<Bool>
  let forecastEncoder: ForecastEncoder
  let anomalyEncoder: AnomalyEncoder
  /// The index of the computed quantile that is nearest to the median.
  let medianIndex: Int
  /// The indices of the computed quantiles that are nearest to the ends of the 80 % interval.
  let innerIndices: (low: Int, high: Int)
  /// The network's forecasts of a block before calibration, if there is an observer: [rows,
  /// horizon, quantiles].
  var networkValues: [Double] = []

  init(_ settings: StreamSettings) {
    forecasting = ForecastingWorkspace(settings: settings.model)
    origins = BaselineOrigins(
      capacity: ForecastingWorkspace.rows, horizon: settings.model.horizon)
    needsNetwork = .allocate(capacity: ForecastingWorkspace.rows)
    needsNetwork.initialize(repeating: true, count: ForecastingWorkspace.rows)
    forecastEncoder = ForecastEncoder(
      stream: settings.name, step: settings.alignment.interval, horizon: settings.model.horizon,
      quantiles: settings.publishedQuantiles,
      columns: ForecastLevels.indices(
        of: settings.publishedQuantiles, in: settings.model.quantiles),
      columnCount: settings.model.quantiles.count)
    anomalyEncoder = AnomalyEncoder(stream: settings.name)
    medianIndex = ForecastLevels.medianIndex(of: settings.model.quantiles)
    innerIndices = (
      ForecastLevels.index(nearest: 0.1, in: settings.model.quantiles),
      ForecastLevels.index(nearest: 0.9, in: settings.model.quantiles)
    )
  }

  deinit { needsNetwork.deallocate() }
}
