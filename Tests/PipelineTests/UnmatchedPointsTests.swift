import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import Synchronization
import Testing
import TimeSeries

@Suite("points that no stream matches")
struct UnmatchedPointsTests {
  private static let steps = 40

  /// Two series of a stream among eight of others, in messages that hold points of both kinds.
  private func mixedLog(partitions: Int = 1) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: partitions)
    for step in 0..<Self.steps {
      let time = Rig.start + Int64(step) * 1_000
      let points = (0..<10).map {
        point($0 < 2 ? "wave\($0)" : "other\($0)", time: time, value: Double(step % 7))
      }
      log.append(value: "[\(points.joined(separator: ","))]", recordTime: time)
    }
    return log
  }

  @Test("a worker counts them, logs each series once, and writes no dead letter")
  func worker() throws {
    let rig = Rig(untimedPipeline(try stream("waves", ["wave*"])), log: mixedLog())
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.counts(of: "forecastd_unmatched_points_total") == ["input": 320])
    #expect(rig.metrics.unmatched.total == 320)
    #expect(rig.metrics.drops.nonZero.isEmpty)
    #expect(rig.metrics.unused.map(\.reason) == ["unmatched"])
    #expect(rig.records(of: .deadLetters).isEmpty)
    #expect(rig.metrics.points.inTime == UInt64(2 * Self.steps))
    #expect(rig.unmatched.lines.count == 8)
    #expect(rig.unmatched.lines.first?.contains("other2") == true)
  }

  @Test("a worker whose input asks for it writes the messages to the dead letters")
  func refused() throws {
    let rig = Rig(untimedPipeline(try stream("waves", ["wave*"])), log: mixedLog())
    rig.refusesUnmatched = true
    var worker = rig.worker()
    try worker.runToEnd()
    let letters = rig.records(of: .deadLetters)
    #expect(letters.count == Self.steps)
    #expect(letters.allSatisfy { $0[header: "reason"] == "unmatched" })
    #expect(rig.metrics.drops[.unmatched] == 320)
    #expect(rig.metrics.unmatched.total == 320)
    #expect(rig.metrics.unused.map(\.count) == [320])
  }

  @Test("the router neither routes them nor writes dead letters, unless the input asks for these")
  func router() throws {
    for refusesUnmatched in [false, true] {
      let log = mixedLog()
      log.append(value: "garbage", recordTime: Rig.start + 100_000)
      let sink = MemorySink(log: log)
      let metrics = PipelineMetrics(registry: MetricsRegistry(), inputs: ["metrics", "points"])
      let logged = Collected()
      var router = Router(
        settings: untimedPipeline(try stream("waves", ["wave*"]), batch: 7),
        inputs: InputDecoders([
          .init(topic: log.topic, format: Rig.json, refusesUnmatched: refusesUnmatched)
        ]),
        source: MemorySource(log: log), sink: sink, clock: ManualClock(milliseconds: Rig.start),
        metrics: metrics,
        log: PipelineLog { level, message, fields in
          if level == .unmatched { logged.append("\(message) \(fields)") }
        })
      try router.runToEnd()
      #expect(metrics.unmatched[input: "metrics"] == 320)
      #expect(metrics.unmatched[input: "points"] == 0)
      #expect(metrics.routedPoints.value == UInt64(2 * Self.steps))
      #expect(
        Set(sink.records(of: .points).filter { !$0.value.isEmpty }.map { text($0.key) }) == [
          "wave0", "wave1",
        ])
      let reasons = sink.records(of: .deadLetters).map { $0[header: "reason"] ?? "" }
      let expected = refusesUnmatched ? Array(repeating: "unmatched", count: Self.steps) : []
      #expect(reasons == expected + ["malformed"])
      #expect(logged.lines.count == 8)
      #expect(log.committed[log.ids[0]]?.offset == Int64(Self.steps + 1))
    }
  }

  @Test("a worker counts what an abort takes back only once")
  func abortedWorker() throws {
    let rig = Rig(untimedPipeline(try stream("waves", ["wave*"]), batch: 7), log: mixedLog())
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    sink.scriptedCommitErrors = [.abortTransaction("scripted"), .abortTransaction("scripted")]
    try worker.runToEnd()
    #expect(sink.abortCount == 2)
    #expect(rig.metrics.unmatched.total == 320)
  }

  @Test("the router counts them when it routes what was read with them, and once after an abort")
  func abortedRouter() throws {
    let log = mixedLog(partitions: 2)
    let end = Rig.start + Int64(Self.steps) * 1_000
    log.append(
      value: #"{"series":"wave0","labels":{},"timestamp":\#(end),"value":null}"#, recordTime: end)
    log.append(partition: 1, value: point("wave1", time: end, value: 1), recordTime: end)
    let (source, sink) = (MemorySource(log: log), MemorySink(log: log))
    let metrics = PipelineMetrics(registry: MetricsRegistry(), inputs: ["metrics"])
    var router = Router(
      settings: untimedPipeline(try stream("waves", ["wave*"]), batch: 7),
      inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]), source: source,
      sink: sink, clock: ManualClock(milliseconds: Rig.start), metrics: metrics, log: .silent)
    // The first partition waits for the second, in which older points may come.
    source.silenced = [log.ids[1]]
    try router.run(turns: 7)
    #expect(source.deliveredCount == Self.steps + 1 && sink.commitCount > 0)
    #expect(metrics.unmatched.total == 0 && metrics.missingValues.value == 0)
    source.silenced = []
    sink.scriptedCommitErrors = [.abortTransaction("scripted"), .abortTransaction("scripted")]
    try router.runToEnd()
    #expect(sink.abortCount == 2)
    #expect(metrics.unmatched[input: "metrics"] == 320)
    #expect(metrics.missingValues.value == 1)
  }

  @Test("a record of the points topic without a key is of no series")
  func noKey() throws {
    let log = MemoryLog(topic: "points", partitionCount: 1)
    var record: [UInt8] = []
    CompactPoints.begin(&record)
    CompactPoints.append(kind: .gauge, time: Rig.start, value: 1, to: &record)
    for key in ["", "wave"] {
      log.append(partition: 0, key: Array(key.utf8), value: record, recordTime: Rig.start)
    }
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.format = CompactPoints.input
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.drops[.notAMetric] == 1)
    #expect(rig.metrics.points.inTime == 1)
  }

  @Test("verdicts stay right when there are more series than are remembered")
  func manyNames() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let count = 70_000
    for first in stride(from: 0, to: count, by: 500) {
      var points = (first..<first + 500).map {
        point("other\($0)", time: Rig.start, value: 1)
      }
      points.append(point("wave\(first / 500 % 3)", time: Rig.start + Int64(first), value: 1))
      log.append(value: "[\(points.joined(separator: ","))]", recordTime: Rig.start + Int64(first))
    }
    let rig = Rig(untimedPipeline(try stream("waves", ["wave*"])), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.unmatched.total == UInt64(count))
    #expect(rig.metrics.points.inTime == UInt64(count / 500))
  }
}
