import Metrics
import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("a router whose group has no offsets")
struct MissingOffsetsTests {
  /// - Parameter records: of each partition.
  private func log(_ records: [Int]) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: records.count)
    for (partition, count) in records.enumerated() {
      for step in 0..<count {
        let time = Rig.start + Int64(step) * 1_000
        log.append(
          partition: partition, value: point("wave\(partition)", time: time, value: 1),
          recordTime: time)
      }
    }
    return log
  }

  /// Routes to the end.
  ///
  /// - Returns: the warnings.
  private func route(
    _ log: MemoryLog, hasPoints: Bool, start: StartOffset = .earliest
  ) throws -> [String] {
    let (sink, warnings) = (MemorySink(log: log), Collected())
    sink.hasFormerPoints = hasPoints
    var settings = untimedPipeline(try stream())
    settings.start = start
    var router = Router(
      settings: settings, inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]),
      source: MemorySource(log: log), sink: sink, clock: ManualClock(milliseconds: Rig.start),
      metrics: PipelineMetrics(registry: MetricsRegistry(), inputs: [log.topic]),
      log: PipelineLog { level, message, fields in
        if level == .warning { warnings.append("\(message) \(fields)") }
      })
    try router.runToEnd()
    return warnings.lines
  }

  @Test("a group that was renamed is warned of, with the partitions and what becomes of them")
  func renamed() throws {
    let log = log([5, 0, 5])
    log.commit(CommittedOffset(offset: 3, metadata: ""), of: log.ids[2])
    let warnings = try route(log, hasPoints: true)
    #expect(warnings.count == 1)
    let line = try #require(warnings.first)
    for part in ["again from their start", "`late`", "--reset-offsets", "\"metrics[0]\""] {
      #expect(line.contains(part), "\(line)")
    }
    let skipping = self.log([5])
    let skipped = try #require(try route(skipping, hasPoints: true, start: .latest).first)
    #expect(skipped.contains("routed from their end") && !skipped.contains("`late`"))
    // The second run has offsets.
    for log in [log, skipping] { #expect(try route(log, hasPoints: true).isEmpty) }
  }

  @Test("the first start, and partitions without records, are no reason to warn")
  func firstStart() throws {
    #expect(try route(log([5, 5]), hasPoints: false).isEmpty)
    #expect(try route(log([0, 0]), hasPoints: true).isEmpty)
  }

  @Test("the first commit has an offset of every partition, so that a router that joins knows it")
  func firstCommit() throws {
    let log = log([5, 5, 0])
    let (source, sink) = (MemorySource(log: log), MemorySink(log: log))
    var router = Router(
      settings: untimedPipeline(try stream()),
      inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]), source: source,
      sink: sink, clock: ManualClock(milliseconds: Rig.start),
      metrics: PipelineMetrics(registry: MetricsRegistry(), inputs: [log.topic]), log: .silent)
    // What the first partition has waits for the second.
    source.silenced = [log.ids[1]]
    try router.run(turns: 2)
    #expect(sink.commitCount > 0)
    #expect(log.ids.map { log.committed[$0]?.offset } == [0, 0, 0])
    source.silenced = []
    try router.runToEnd()
    #expect(log.ids.map { log.committed[$0]?.offset } == [5, 5, 0])
  }
}
