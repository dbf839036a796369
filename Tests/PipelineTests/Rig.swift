import Detection
import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import Synchronization
import TestSupport
import Testing
import TimeSeries

/// A worker's surroundings in memory; workers come and go, the log and the commits stay.
final class Rig {
  let log: MemoryLog
  let clock: ManualClock
  let models: ModelRegistry
  let metrics: PipelineMetrics
  let registry = MetricsRegistry()
  var settings: PipelineSettings
  var snapshots: SnapshotStore?
  var trainer: TrainerThread?
  var control: ControlLog?
  var format = Rig.json
  /// Whether the source ends with the log.
  var finite = true
  /// Whether a router writes the log.
  var isRouted = false
  var refusesUnmatched = false
  /// Everything committed, by all workers so far.
  var records: [MemorySink.Record] { finished + (sink?.records ?? []) }
  private(set) var source: MemorySource
  private(set) var sink: MemorySink?
  private var finished: [MemorySink.Record] = []
  /// What the worker reads through.
  var wrapSource: (MemorySource) -> any MessageSource = { $0 }
  let warnings = Collected()
  let unmatched = Collected()

  init(
    _ settings: PipelineSettings, log: MemoryLog, models: ModelRegistry = ModelRegistry(store: nil),
    clock: ManualClock = ManualClock(milliseconds: Rig.start)
  ) {
    self.settings = settings
    self.log = log
    self.models = models
    self.clock = clock
    metrics = PipelineMetrics(registry: registry)
    source = MemorySource(log: log)
  }

  /// A worker with new clients, as after a restart.
  func worker(number: Int = 0) -> Worker {
    finished = records
    source = MemorySource(log: log)
    source.isFinite = finite
    let sink = MemorySink(log: log)
    self.sink = sink
    let (warnings, unmatched) = (warnings, unmatched)
    return Worker(
      settings: settings,
      inputs: InputDecoders([
        .init(
          topic: log.topic, format: format, isRouted: isRouted, refusesUnmatched: refusesUnmatched)
      ]),
      source: wrapSource(source), sink: sink, clock: clock, models: models, metrics: metrics,
      snapshots: snapshots,
      log: PipelineLog { level, message, fields in
        if level == .warning { warnings.append("\(message) \(fields)") }
        if level == .unmatched { unmatched.append("\(message) \(fields)") }
      }, trainer: trainer, control: control, number: number)
  }

  /// The samples of a metric family that has one label, by its value.
  func counts(of family: String) -> [String: UInt64] {
    var counts: [String: UInt64] = [:]
    for sample in registry.snapshot().first(where: { $0.name == family })?.samples ?? [] {
      if case .count(let count) = sample.value, let label = sample.labels.first {
        counts[label.value] = count
      }
    }
    return counts
  }

  func records(of topic: OutputTopic) -> [MemorySink.Record] {
    records.filter { $0.topic == topic }
  }

  static let start: Milliseconds = 1_700_000_000_000
  static let interval: Milliseconds = 1_000

  static let json: InputFormat = {
    do {
      return try InputFormat(name: "json")
    } catch {
      preconditionFailure("the format exists: \(error)")
    }
  }()
}

/// Lines that a log wrote.
final class Collected: Sendable {
  private let state = Mutex([String]())
  var lines: [String] { state.withLock { $0 } }
  func append(_ line: String) { state.withLock { $0.append(line) } }
}

/// A stream with a model small enough for a debug build.
func stream(
  _ name: String = "all", _ patterns: [String] = ["*"], interval: Milliseconds = Rig.interval,
  retraining: Schedule? = nil
) throws -> StreamSettings {
  var training = TrainingSettings()
  training.historyPoints = 256
  training.minimumHistory = 48
  training.fullEpochs = 1
  training.fullSteps = 6
  training.onlineSteps = 2
  training.onlineBatch = 4
  training.chunk = 16
  training.constants.burnIn = 8
  var anomalies = AnomalySettings()
  anomalies.budget = AlarmBudget(perWeek: 2_000)
  return StreamSettings(
    name: name, patterns: try patterns.map { try SeriesPattern($0) },
    alignment: AlignmentSettings(interval: interval, allowedLateness: 0, maximumGap: 32),
    model: ModelSettings(
      interval: interval, window: 32, horizon: 3, quantiles: [0.1, 0.5, 0.9], hiddenSize: 4),
    training: training, retraining: retraining, anomalies: anomalies)
}

/// Commits with every turn, and does nothing by the clock: no ticks, and snapshots only where a
/// partition is given up or the worker ends.
func untimedPipeline(_ streams: StreamSettings..., batch: Int = 100) -> PipelineSettings {
  pipeline(streams, batch: batch, tickAfter: nil, snapshotEvery: nil)
}

/// Commits with every turn.
///
/// - Parameters:
///   - silence: after which the clock closes a partition's buckets; `nil` is never.
///   - period: of the snapshots; `nil` is none but at a revocation and at the end.
func pipeline(
  _ streams: [StreamSettings], batch: Int = 100, tickAfter silence: Milliseconds?,
  snapshotEvery period: Milliseconds?
) -> PipelineSettings {
  var settings = PipelineSettings(streams: streams)
  settings.limits.messagesMaximum = batch
  settings.commitIntervalMilliseconds = 0
  settings.idleMilliseconds = silence ?? 0
  settings.snapshotIntervalMilliseconds = period ?? 1_000_000_000
  settings.isTransactional = true
  return settings
}

func point(
  _ series: String, time: Milliseconds, value: Double, labels: String = "{}"
) -> String {
  #"{"series":"\#(series)","labels":\#(labels),"timestamp":\#(time),"value":\#(value)}"#
}

extension MemoryLog {
  /// Waves with noise, one point a series and interval, now and then a gap, a late point, a
  /// duplicate, a new series, or garbage; the same for a seed.
  func appendWaves(
    series: Int, steps: Range<Int>, seed: UInt64, partition: Int = 0,
    interval: Milliseconds = Rig.interval, name: String = "wave", isClean: Bool = false,
    recordClock: RecordClock = .broker
  ) {
    var random = SplitMix(seed: seed &+ UInt64(steps.lowerBound))
    for step in steps {
      let time = Rig.start + Int64(step) * interval
      for number in 0..<series {
        let value =
          Double(number + 1) * (10 + sin(Double(step) / 5 + Double(number)))
          + random.uniform() * 0.5
        let chance = isClean ? 1 : random.uniform()
        if chance < 0.02 { continue }
        append(
          partition: partition, value: point("\(name)\(number)", time: time, value: value),
          recordTime: time + 20, recordClock: recordClock)
        guard chance < 0.1 else { continue }
        let extra =
          chance < 0.04
          ? point("\(name)\(number)", time: time - 7 * interval, value: 1)
          : chance < 0.06
            ? point("\(name)\(number)", time: time, value: value)
            : chance < 0.08
              ? point("\(name)-new-\(step)", time: time, value: value) : "{\"garbage\": \(step)"
        append(
          partition: partition, value: extra, recordTime: time + 20, recordClock: recordClock)
      }
    }
  }
}

/// The outputs of a run, in their order, as one text a record, so that differences are readable.
func transcript(_ records: [MemorySink.Record], of topics: [OutputTopic] = OutputTopic.allCases)
  -> [String]
{
  topics.flatMap { topic in
    records.filter { $0.topic == topic }.map { record in
      let headers = record.headers.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      return "\(topic) \(text(record.key)) @\(record.timestamp) [\(headers)] \(text(record.value))"
    }
  }
}

/// As `transcript`, for several partitions, whose records interleave as the batches fall.
func transcriptBySeries(_ records: [MemorySink.Record]) -> [String] {
  var bySeries: [[UInt8]: [MemorySink.Record]] = [:]
  for record in records { bySeries[record.key, default: []].append(record) }
  return bySeries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    .flatMap { transcript($0.value) }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Compares without flooding the report.
func expectSame(
  _ found: [String], _ expected: [String], _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(!expected.isEmpty, comment, sourceLocation: sourceLocation)
  #expect(found.count == expected.count, comment, sourceLocation: sourceLocation)
  if let first = zip(found, expected).first(where: { $0 != $1 }) {
    Issue.record(
      "found    \(first.0)\nexpected \(first.1)\n\(comment?.description ?? "")",
      sourceLocation: sourceLocation)
  }
}

/// The digits after `"name":` in a record of one line.
func number(_ name: String, in record: MemorySink.Record) -> Double? {
  let body = text(record.value)
  guard let range = body.firstRange(of: "\"\(name)\":") else { return nil }
  return Double(body[range.upperBound...].prefix { "-+.0123456789eE".contains($0) })
}
