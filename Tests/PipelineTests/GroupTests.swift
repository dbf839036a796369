import Detection
import Glibc
import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("groups of series")
struct GroupTests {
  /// Two hosts of five series. Everything on the first one jumps at step 150, and comes back at step 160;
  /// one series of the other host has a spike of its own. Some series come in bursts of steps.
  private func fill(_ log: MemoryLog, steps: Range<Int> = 0..<260) {
    for step in steps {
      for host in 0..<2 {
        for number in 0..<5 {
          // Some come five steps at once.
          let steps =
            number == 4 ? (step % 5 == 4 ? Array(step - 4...step) : []) : [step]
          for step in steps { append(step, host: host, number, to: log) }
        }
      }
    }
  }

  private func append(_ step: Int, host: Int, _ number: Int, to log: MemoryLog) {
    var random = SplitMix(seed: UInt64(step * 100 + host * 10 + number))
    let isFaulty =
      host == 0 && (150..<160).contains(step) || host == 1 && number == 2 && step == 200
    let value = Double(10 * (number + 1)) + random.uniform() + (isFaulty ? 40 : 0)
    let time = Rig.start + Int64(step) * 1_000
    log.append(
      value: point("m\(number)", time: time, value: value, labels: #"{"host":"h\#(host)"}"#),
      recordTime: time + 20)
  }

  private func grouped(by labels: [String] = ["host"]) throws -> StreamSettings {
    var settings = try stream()
    settings.grouping = SeriesGrouping(labels: labels)
    // A week of these steps is 604,800 of them.
    settings.anomalies.budget = AlarmBudget(perWeek: 200)
    return settings
  }

  private func run(batch: Int, _ fill: (MemoryLog) -> Void) throws -> Rig {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    fill(log)
    let rig = Rig(untimedPipeline(try grouped(), batch: batch), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    return rig
  }

  private func groupRecords(_ rig: Rig) throws -> [GroupRecord] {
    try rig.records(of: .anomalies).compactMap { record in
      try record.value.withUnsafeBytes { bytes throws(RecordError) in
        try GroupRecord.decode(bytes)
      }
    }
  }

  @Test("series that fire together are one incident of their group, which names them")
  func together() throws {
    let rig = try run(batch: 100) { fill($0) }
    let records = try groupRecords(rig)
    let opened = try #require(records.first)
    #expect(opened.event == .open && opened.group == "host=h0" && opened.size == 5)
    #expect(opened.labels == [SeriesKey.Label(name: "host", value: "h0")])
    #expect((150_000...155_000).contains(opened.time - Rig.start))
    #expect(opened.count >= 2 && opened.members.count == opened.count)
    #expect(opened.members.allSatisfy { $0.series.hasSuffix("host=h0") })
    #expect(opened.members.contains { $0.series == opened.first })
    #expect(records.count { $0.event == .open } == 1)
    #expect(records.last?.event == .close && records.last?.incident == opened.incident)
    #expect(records.last?.count ?? 0 >= 4)
    #expect(Set(records.map(\.incident)).count == 1)
    // Its key is the group's.
    #expect(
      rig.records(of: .anomalies).filter { text($0.value).contains(#""kind":"group""#) }
        .allSatisfy { text($0.key) == "host=h0" })
  }

  @Test("the records of the series refer to the incident of their group, and others do not")
  func references() throws {
    let rig = try run(batch: 100) { fill($0) }
    let group = try #require(try groupRecords(rig).first)
    let singles = rig.records(of: .anomalies).filter {
      !text($0.value).contains(#""kind":"group""#)
    }
    let referring = singles.filter {
      text($0.value).contains(#""group_incident":"\#(group.incident)""#)
    }
    // Those that came after the opening, and all that close.
    #expect(referring.count >= group.size)
    #expect(referring.allSatisfy { text($0.key).hasSuffix("host=h0") })
    #expect(singles.contains { text($0.key) == "m2,host=h1" })
  }

  @Test("outputs are the same bytes whatever the batch limit", arguments: [7, 40, 2_048])
  func batches(batch: Int) throws {
    let reference = try run(batch: 1) { fill($0) }
    #expect(try !groupRecords(reference).isEmpty)
    let other = try run(batch: batch) { fill($0) }
    expectSame(transcript(other.records), transcript(reference.records))
  }

  @Test("after aborts, and from a snapshot within the incident, outputs are those of one run")
  func recovery() throws {
    let reference = try run(batch: 17) { fill($0) }
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    fill(log, steps: 0..<155)
    let rig = Rig(untimedPipeline(try grouped(), batch: 17), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    func goOn(seed: UInt64) throws {
      var worker = rig.worker()
      var random = SplitMix(seed: seed)
      let sink = try #require(rig.sink)
      sink.onCommit = { [weak sink] _ in
        if random.uniform() < 0.3 { sink?.scriptedCommitErrors = [.abortTransaction("scripted")] }
      }
      try worker.runToEnd()
      sink.onCommit = nil
      try worker.shutDown()
    }
    try goOn(seed: 1)
    #expect(try groupRecords(rig).map(\.event).contains(.open))
    #expect(try !groupRecords(rig).map(\.event).contains(.close))
    fill(log, steps: 155..<260)
    try goOn(seed: 2)
    expectSame(transcript(rig.records), transcript(reference.records))
  }

  @Test("the router places all series of a group by the group")
  func placement() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    fill(log, steps: 0..<5)
    log.append(value: point("alone", time: Rig.start, value: 1), recordTime: Rig.start)
    let sink = MemorySink(log: log)
    var router = Router(
      settings: untimedPipeline(try grouped()),
      inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]),
      source: MemorySource(log: log), sink: sink, clock: ManualClock(milliseconds: Rig.start),
      metrics: PipelineMetrics(registry: MetricsRegistry()), log: .silent)
    try router.runToEnd()
    #expect(sink.placements.count == 10)
    for (series, group) in sink.placements {
      #expect(text(series).hasSuffix(text(group)) && text(group).hasPrefix("host="))
    }
    // A series without the label has a place of its own.
    #expect(sink.records(of: .points).contains { text($0.key) == "alone" })
  }
}
