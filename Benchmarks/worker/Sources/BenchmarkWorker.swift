import Calibration
import Detection
import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TimeSeries

/// A worker in memory that receives one step of all series at a time.
struct BenchmarkWorker: ~Copyable {
  static let interval: Milliseconds = 10_000
  private static let start: Milliseconds = 1_700_000_000_000
  let log = MemoryLog(topic: "metrics", partitionCount: 1)
  let models = ModelRegistry(store: nil)
  let clock = SystemClock()
  var worker: Worker
  private let series: Int
  private(set) var step = 0

  /// - Parameter seasons: lengths in steps.
  init(
    series: Int, seasons: [Int] = [60], closesOnArrival: Bool = false, quantiles: [Double]? = nil,
    hasBaselines: Bool = true, isTransactional: Bool = false, retraining: Schedule? = nil,
    trains: Bool = false
  ) throws {
    self.series = series
    var training = TrainingSettings()
    training.fullSteps = 200
    var stream = StreamSettings(
      name: "all", patterns: [try SeriesPattern("*")],
      alignment: AlignmentSettings(
        interval: Self.interval, allowedLateness: 0, closeOnArrival: closesOnArrival),
      model: ModelSettings(interval: Self.interval, seasons: seasons),
      training: training, retraining: retraining, anomalies: AnomalySettings())
    stream.seriesMaximum = series
    stream.calibration.baselines = hasBaselines
    if let quantiles { stream.publishedQuantiles = quantiles }
    var settings = PipelineSettings(streams: [stream])
    settings.limits.messagesMaximum = 20_000
    settings.limits.waitMilliseconds = 0
    settings.isTransactional = isTransactional
    let source = MemorySource(log: log)
    source.isFinite = false
    var trainer: TrainerThread?
    if trains {
      trainer = TrainerThread(settings: settings, models: models, clock: clock, log: .silent)
      try trainer?.start()
    }
    worker = Worker(
      settings: settings,
      inputs: InputDecoders([.init(topic: log.topic, format: try InputFormat(name: "json"))]),
      source: source, sink: DiscardingSink(), clock: clock, models: models,
      metrics: PipelineMetrics(registry: MetricsRegistry()), snapshots: nil, log: .silent,
      trainer: trainer)
    self.trainer = trainer
  }

  let trainer: TrainerThread?

  /// Appends the next step of every series to the log.
  mutating func feed() {
    let time = Self.start + Int64(step) * Self.interval
    for number in 0..<series {
      let phase = Double(step % 60) / 60 + Double(number) / Double(series)
      let value = sin(2 * .pi * phase) + Double((step &* 31 &+ number &* 17) % 97) / 97
      log.append(
        value: #"{"series":"s\#(number)","timestamp":\#(time),"value":\#(value)}"#, recordTime: nil)
    }
    step += 1
  }

  /// Runs one turn of the worker.
  ///
  /// - Returns: its duration in milliseconds.
  mutating func turn() throws -> Double {
    let start = clock.monotonicNanoseconds()
    _ = try worker.runOnce()
    return Double(clock.monotonicNanoseconds() - start) * 1e-6
  }
}

/// A sink that discards all records.
final class DiscardingSink: RecordSink {
  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome { .sent }

  func commit(_ offsets: [OffsetCommit]) throws(TransportError) {}

  func abort() throws(TransportError) {}
}

/// The quantile of unsorted values at a share of 0…1; NaN if there are none.
func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
}

func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
