import Metrics
import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("silent partitions")
struct TickTests {
  private func settings(interval: Milliseconds = Rig.interval) throws -> PipelineSettings {
    pipeline(
      [try stream(interval: interval)], batch: 50, tickAfter: 30_000, snapshotEvery: nil)
  }

  private func tickEvents(_ log: MemoryLog, _ partition: Int = 0) -> [PartitionEvent] {
    log.committed[log.ids[partition]].flatMap { CommitMetadata(text: $0.metadata) }?.events.filter {
      if case .tick = $0.kind { return true }
      return false
    } ?? []
  }

  @Test("the clock closes the last buckets of a partition without messages, and records it")
  func closes() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<20, seed: 1, isClean: true)
    let rig = Rig(try settings(), log: log)
    rig.clock.advance(milliseconds: 20_000)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.records(of: .forecasts).count == 2 * 18)
    rig.clock.advance(milliseconds: 29_000)
    try worker.run(turns: 3)
    #expect(rig.records(of: .forecasts).count == 2 * 18)
    rig.clock.advance(milliseconds: 1_000)
    try worker.run(turns: 2)
    // Buckets 20 to 50, of which all but the first are empty.
    // Of the masked steps that one tick closes only the newest has a forecast.
    #expect(rig.records(of: .forecasts).count == 2 * 18 + 2 * 2)
    #expect(
      tickEvents(log) == [
        PartitionEvent(offset: 40, kind: .tick(watermark: Rig.start + 50_000))
      ])
    let newest = try #require(rig.records(of: .forecasts).last)
    #expect(newest.timestamp == Rig.start + 50_000)
  }

  @Test("ticks at one offset are one event: the last that closed a bucket")
  func oneEvent() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<20, seed: 1, isClean: true)
    let rig = Rig(try settings(), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    for _ in 0..<5 {
      rig.clock.advance(milliseconds: 30_000)
      try worker.run(turns: 2)
    }
    #expect(
      tickEvents(log) == [
        PartitionEvent(offset: 20, kind: .tick(watermark: Rig.start + 60_000))
      ])
  }

  @Test("a bucket that is longer than the silence is closed when its time has come")
  func longBuckets() throws {
    let hour: Milliseconds = 3_600_000
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let end = (Rig.start / hour + 3) * hour
    for step in 0..<18 {
      // Up to ten minutes before the bucket's end.
      let time = end - Int64(18 - step) * 600_000
      log.append(value: point("hourly", time: time, value: 5), recordTime: time)
    }
    let rig = Rig(try settings(interval: hour), log: log)
    rig.clock.advance(milliseconds: end - 600_000 - Rig.start)
    var worker = rig.worker()
    try worker.runToEnd()
    let before = rig.records(of: .forecasts).count
    for _ in 0..<22 {
      rig.clock.advance(milliseconds: 30_000)
      try worker.run(turns: 2)
    }
    #expect(rig.records(of: .forecasts).count == before + 1)
  }

  @Test("a replayed past is not closed by today's clock")
  func past() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<20, seed: 1, isClean: true, recordClock: .producer)
    let rig = Rig(try settings(), log: log)
    rig.clock.advance(milliseconds: 86_400_000)
    var worker = rig.worker()
    try worker.runToEnd()
    rig.clock.advance(milliseconds: 60_000)
    try worker.run(turns: 2)
    #expect(tickEvents(log).isEmpty)
    #expect(rig.records(of: .forecasts).count == 18)
  }

  @Test("a log out of reach is not silent: what producers kept back meanwhile is not late")
  func outage() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<20, seed: 1, isClean: true)
    let rig = Rig(try settings(), log: log)
    rig.clock.advance(milliseconds: 20_000)
    var worker = rig.worker()
    try worker.runToEnd()
    rig.source.isReachable = false
    for _ in 0..<4 {
      rig.clock.advance(milliseconds: 15_000)
      try worker.run(turns: 2)
    }
    rig.source.isReachable = true
    // The log is back before its producers are.
    rig.clock.advance(milliseconds: 10_000)
    try worker.run(turns: 2)
    #expect(tickEvents(log).isEmpty)
    log.appendWaves(series: 2, steps: 20..<90, seed: 1, isClean: true)
    try worker.run(turns: 5)
    #expect(rig.metrics.drops[.late] == 0)
    #expect(rig.records(of: .forecasts).count == 2 * 88)
    rig.clock.advance(milliseconds: 30_000)
    try worker.run(turns: 2)
    #expect(tickEvents(log).count == 1)
  }

  @Test("a partition whose messages wait behind another's is not silent")
  func waiting() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    for partition in 0..<2 {
      log.appendWaves(
        series: 1, steps: 0..<60, seed: 1, partition: partition, name: "p\(partition)-",
        isClean: true)
    }
    var settings = try settings()
    settings.limits.messagesMaximum = 10
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    // The first two points of partition 1 come early, all others after minutes of partition 0.
    try worker.run(turns: 1)
    try rig.source.setPaused(log.ids[0], true)
    try worker.run(turns: 1)
    try rig.source.setPaused(log.ids[0], false)
    for _ in 0..<40 {
      rig.clock.advance(milliseconds: 31_000)
      try worker.run(turns: 1)
    }
    try worker.runToEnd()
    #expect(rig.metrics.drops[.late] == 0)
    #expect(rig.records(of: .forecasts).filter { text($0.key) == "p1-0" }.count >= 58)
  }
}
