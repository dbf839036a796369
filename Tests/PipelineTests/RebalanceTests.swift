import Metrics
import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("rebalances")
struct RebalanceTests {
  private func filled(_ steps: Range<Int> = 0..<100) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    for partition in 0..<2 {
      log.appendWaves(
        series: 2, steps: steps, seed: UInt64(partition), partition: partition,
        name: "p\(partition)-")
    }
    return log
  }

  /// Never commits by itself.
  private func uncommitting() throws -> PipelineSettings {
    var settings = untimedPipeline(try stream(), batch: 40)
    settings.commitIntervalMilliseconds = 1_000_000
    return settings
  }

  private func reference() throws -> [String] {
    let rig = Rig(untimedPipeline(try stream(), batch: 40), log: filled())
    var worker = rig.worker()
    try worker.runToEnd()
    return transcriptBySeries(rig.records)
  }

  @Test("a revocation commits, and partitions that come back unchanged keep their states")
  func keptAcrossRebalance() throws {
    let log = filled()
    let rig = Rig(try uncommitting(), log: log)
    var worker = rig.worker()
    try worker.run(turns: 5)
    #expect(rig.records.isEmpty)
    rig.source.scriptedRebalances = [.revoked(log.ids), .assigned(log.ids)]
    try worker.run(turns: 1)
    #expect(!rig.records.isEmpty)
    #expect(log.committed.values.map(\.offset).reduce(0, +) == 160)
    #expect(rig.metrics.assignedPartitions.value == 0)
    try worker.runToEnd()
    #expect(rig.metrics.assignedPartitions.value == 2)
    expectSame(transcriptBySeries(rig.records), try reference())
  }

  @Test("a revocation whose commit is aborted is answered all the same, and the batch done again")
  func abortedRevocation() throws {
    let log = filled()
    let rig = Rig(try uncommitting(), log: log)
    var worker = rig.worker()
    try worker.run(turns: 3)
    let sink = try #require(rig.sink)
    sink.scriptedCommitErrors = [.abortTransaction("scripted")]
    rig.source.scriptedRebalances = [.revoked(log.ids), .assigned(log.ids)]
    try worker.run(turns: 1)
    #expect(sink.abortCount == 1)
    #expect(rig.records.isEmpty)
    #expect(rig.metrics.assignedPartitions.value == 0, "the source waits for the answer")
    try worker.runToEnd()
    expectSame(transcriptBySeries(rig.records), try reference())
  }

  @Test("a partition that somebody else has worked on is built anew at its offset")
  func movedOn() throws {
    let log = filled()
    let rig = Rig(untimedPipeline(try stream(), batch: 40), log: log)
    var worker = rig.worker()
    try worker.run(turns: 2)
    rig.source.scriptedRebalances = [.revoked(log.ids)]
    try worker.run(turns: 1)
    let before = rig.records.count
    // The other member got to half of partition 0 and published what belongs to it.
    let half = Int64(log.partitions[0].count / 2)
    let time = try #require(log.partitions[0][Int(half) - 1].recordTime) - 20
    try MemorySink(log: log).commit([
      OffsetCommit(
        partition: log.ids[0],
        committed: CommittedOffset(
          offset: half, metadata: CommitMetadata(watermark: time, events: []).text))
    ])
    rig.source.scriptedRebalances = [.assigned(log.ids)]
    try worker.runToEnd()
    let forecasts = rig.records.dropFirst(before).filter {
      $0.topic == .forecasts && text($0.key).hasPrefix("p0-")
    }
    #expect(!forecasts.isEmpty)
    #expect(forecasts.allSatisfy { (number("time", in: $0) ?? 0) > Double(time) })
    #expect(log.committed[log.ids[0]]?.offset == Int64(log.partitions[0].count))
  }

  @Test("the same offset with another's tick beside it is not the parked state")
  func sameOffsetOtherEvents() throws {
    let log = filled(0..<40)
    let rig = Rig(untimedPipeline(try stream(), batch: 1_000), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    rig.source.scriptedRebalances = [.revoked(log.ids)]
    try worker.run(turns: 1)
    let committed = try #require(log.committed[log.ids[0]])
    let metadata = try #require(CommitMetadata(text: committed.metadata))
    let tick = PartitionEvent(
      offset: committed.offset, kind: .tick(watermark: Rig.start + 45_000))
    try MemorySink(log: log).commit([
      OffsetCommit(
        partition: log.ids[0],
        committed: CommittedOffset(
          offset: committed.offset,
          metadata: CommitMetadata(
            watermark: Rig.start + 45_000, events: metadata.events + [tick]
          ).text))
    ])
    rig.source.scriptedRebalances = [.assigned(log.ids)]
    let before = rig.records.count
    try worker.runToEnd()
    // A point in a bucket that the tick closed; the state that knows of the tick refuses it.
    log.append(
      partition: 0, value: point("p0-0", time: Rig.start + 42_000, value: 1),
      recordTime: Rig.start + 46_000)
    try worker.runToEnd()
    let new = rig.records.dropFirst(before)
    #expect(new.contains { $0.topic == .deadLetters && $0[header: "reason"] == "late" })
    #expect(!new.contains { $0.topic == .forecasts })
  }

  @Test("lost partitions commit nothing, and their records are processed by whoever has them")
  func lost() throws {
    let log = filled()
    let rig = Rig(try uncommitting(), log: log)
    var worker = rig.worker()
    try worker.run(turns: 4)
    rig.source.scriptedRebalances = [.lost(log.ids)]
    try worker.run(turns: 1)
    #expect(rig.records.isEmpty)
    #expect(rig.sink?.commitCount == 0)
    #expect(rig.sink?.abortCount == 1)
    #expect(log.committed.isEmpty)
    rig.source.scriptedRebalances = [.assigned(log.ids)]
    try worker.runToEnd()
    expectSame(transcriptBySeries(rig.records), try reference())
  }

  @Test("a new group begins at the end of the log where it is told to, and stays there")
  func latest() throws {
    let log = filled(0..<30)
    var settings = untimedPipeline(try stream(), batch: 40)
    settings.start = .latest
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    // An adoption before the first record commits an offset: the end's, not zero.
    rig.models.install(try model(1))
    try worker.runToEnd()
    try worker.shutDown()
    #expect(log.committed[log.ids[0]]?.offset == Int64(log.partitions[0].count))
    var next = rig.worker()
    for partition in 0..<2 {
      log.appendWaves(
        series: 2, steps: 30..<40, seed: 0, partition: partition, name: "p\(partition)-",
        isClean: true)
    }
    try next.runToEnd()
    let forecasts = rig.records(of: .forecasts)
    #expect(forecasts.count == 4 * 8)
  }
}
