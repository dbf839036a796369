import Calibration
import Detection
import Forecasting
import MetricFormats
import Metrics
import TimeSeries

/// Buffers of the computing stages, reused from segment to segment.
struct SegmentWorkspace: ~Copyable {
  var rounds = StepRounds()
  /// The stream's steps: their number in the partition's sequence, and their row.
  var entries: [Int32] = []
  var entryRows: [Int32] = []
  /// The steps of one round, their numbers in the sequence, and their parts side by side.
  var round: [StepEntry] = []
  var roundEntries: [Int32] = []
  var rows: [Int] = []
  var times: [Milliseconds] = []
  var values: [Double] = []
  /// What each series' past was before its step.
  var lags: [BaselineLags] = []
  /// What the detector found about each.
  var verdicts: [AnomalyVerdict] = []
  /// The numbers of those of a round that can be forecast; a block of them, and its rows.
  var forecastable: [Int] = []
  var block: [Int] = []
  var blockRows: [Int] = []
  /// Forecast records by who made them, in the order of `Forecaster.allCases`.
  var forecasterCounts = [Int](repeating: 0, count: Forecaster.allCases.count)
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

  /// Picks a block of those of a round that can be forecast.
  mutating func selectBlock(_ range: Range<Int>) {
    block.removeAll(keepingCapacity: true)
    blockRows.removeAll(keepingCapacity: true)
    for number in forecastable[range] {
      block.append(number)
      blockRows.append(rows[number])
    }
  }

  /// Adds what was counted to the metrics, at once: each addition there is an atomic one.
  mutating func countForecasters(into metrics: PipelineMetrics) {
    for (number, count) in forecasterCounts.enumerated() where count > 0 {
      metrics.forecasters[number].add(count)
      forecasterCounts[number] = 0
    }
  }
}

/// What the computing stages of one stream reuse; a class, so that a worker holds one a stream
/// although its parts cannot be copied.
final class StreamWorkspace {
  var forecasting: ForecastingWorkspace
  var forecasts = ForecastBatch()
  let origins: BaselineOrigins
  /// Whose forecast by the network is needed: [block]
  let needsNetwork: UnsafeMutablePointer<Bool>
  let forecastEncoder: ForecastEncoder
  let anomalyEncoder: AnomalyEncoder
  /// The computed quantile that is nearest to the median.
  let medianIndex: Int
  /// The network's own forecasts of a block, where an observer wants to know: [rows, horizon,
  /// quantiles].
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
  }

  deinit { needsNetwork.deallocate() }
}
