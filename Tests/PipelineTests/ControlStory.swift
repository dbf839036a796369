import Forecasting
import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// The control topic in memory. Each process reads it anew, as a start does.
final class MemoryControl {
  private(set) var sources: [ControlSource] = []
  private var readers: [ControlLog] = []

  /// The topic as a process knows it: what is there when it starts, and what comes.
  func reader() -> ControlLog {
    let log = ControlLog { (name) throws(TimeSeriesError) in
      throw .timeZone(name: name, problem: "is not known here")
    }
    for source in sources { _ = log.append(source) }
    log.reachEnd(at: end)
    readers.append(log)
    return log
  }

  var end: Int64 { sources.last.map { $0.offset + 1 } ?? 0 }

  @discardableResult
  func append(
    _ key: String, _ value: [UInt8]?, time: Milliseconds = Rig.start
  ) -> [ControlLog.Outcome] {
    let source = ControlSource(offset: end, time: time, key: Array(key.utf8), value: value)
    sources.append(source)
    return readers.map { $0.append(source).outcome }
  }

  func append(_ record: ControlRecord) { append(record.key, record.json) }

  /// As a broker's cleaner: of each key the newest record stays, and tombstones go.
  func compact() {
    var seen: Set<[UInt8]> = []
    let newest = sources.reversed().filter { seen.insert($0.key).inserted }
    sources = newest.reversed().filter { $0.value != nil }
  }
}

extension ControlRecord {
  static func falseAlarm(
    _ series: String, _ number: Int, kinds: [MetricFormats.AnomalyRecord.Kind] = []
  ) -> ControlRecord {
    .feedback(
      FeedbackRecord(
        series: series, label: .falseAlarm, incident: "\(series)-\(number)", kinds: kinds))
  }
}

/// The life of a group whose operators speak to it, told in parts between which processes end.
///
/// Its series have outliers of many sizes, so that a budget shows in what opens. The window covers all
/// of it: without a snapshot, the state is that of the log.
final class ControlStory {
  let log: MemoryLog
  let clock = ManualClock(milliseconds: Rig.start)
  let directory: TemporaryDirectory
  let control = MemoryControl()
  var settings: PipelineSettings
  private(set) var rigs: [Rig] = []
  private let partitionCount: Int

  init(partitionCount: Int = 1) throws {
    var stream = try stream()
    stream.model.window = 1_024
    settings = pipeline([stream], batch: 40, tickAfter: nil, snapshotEvery: nil)
    log = MemoryLog(topic: "metrics", partitionCount: partitionCount)
    directory = try TemporaryDirectory()
    self.partitionCount = partitionCount
  }

  var id: PartitionID { log.ids[0] }
  var records: [MemorySink.Record] { rigs.flatMap(\.records) }
  var warnings: [String] { rigs.flatMap(\.warnings.lines) }

  func transcripts() -> [String] { transcriptBySeries(records) }

  /// Openings of the series whose names begin so.
  func openings(_ series: String = "") -> Int {
    records.count {
      $0.topic == .anomalies && text($0.key).hasPrefix(series)
        && text($0.value).contains(#""event":"open""#)
    }
  }

  func events(_ partition: Int = 0) -> [PartitionEvent] {
    log.committed[log.ids[partition]].flatMap { CommitMetadata(text: $0.metadata) }?.events ?? []
  }

  func process(hasSnapshots: Bool = true, hasControl: Bool = true) throws -> Rig {
    let rig = Rig(settings, log: log, clock: clock)
    if hasSnapshots { rig.snapshots = try SnapshotStore(directory: directory.path) }
    if hasControl { rig.control = control.reader() }
    rigs.append(rig)
    return rig
  }

  /// Feeds a number of steps to all partitions.
  func feed(_ steps: Range<Int>, _ worker: inout Worker, series: Int = 3) throws {
    for partition in 0..<partitionCount {
      var random = SplitMix(seed: UInt64(1_000 * partition + steps.lowerBound))
      for step in steps {
        let time = Rig.start + Int64(step) * Rig.interval
        for number in 0..<series {
          var value = Double(number + 1) * 10 + random.uniform() + random.uniform()
          if step > 60, random.uniform() < 0.04 { value += 4 * random.uniform() * random.uniform() }
          log.append(
            partition: partition, value: point("p\(partition)-\(number)", time: time, value: value),
            recordTime: time + 20)
        }
      }
    }
    try worker.runToEnd()
  }

  /// What the operators say at a moment, and turns in which it is taken up.
  func say(_ records: ControlRecord..., to worker: inout Worker) throws {
    for record in records { control.append(record) }
    clock.advance(milliseconds: 1_000)
    try worker.run(turns: 2)
  }

  /// - Parameter series: of one partition.
  func complain(of series: [String], to worker: inout Worker) throws {
    for name in series {
      for number in 0..<4 {
        control.append(.falseAlarm(name, number, kinds: [.error, .level, .change, .interval]))
      }
    }
    try say(to: &worker)
  }
}
