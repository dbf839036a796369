import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// What one sender does without an end must not stop time for the others.
@Suite("stubborn senders")
struct StubbornSenderTests {
  private func append(_ series: String, time: Milliseconds, at now: Milliseconds, to log: MemoryLog)
  {
    var record: [UInt8] = []
    CompactPoints.begin(&record)
    CompactPoints.append(kind: .gauge, time: time, value: Double(time % 7_000), to: &record)
    log.append(
      partition: 0, key: Array(series.utf8), value: record, recordTime: now, recordClock: .broker)
  }

  /// What a router says of its one channel.
  private func appendChannel(through now: Milliseconds, to log: MemoryLog) {
    let through = ChannelRecord.key([ChannelRecord.Entry(channel: "in/0", through: now)])
    log.append(partition: 0, key: through, value: [], recordTime: now, recordClock: .broker)
  }

  /// Runs a worker over a points topic.
  private func runRouted(_ log: MemoryLog) throws -> Rig {
    let rig = Rig(
      pipeline([try stream()], batch: 20, tickAfter: 30_000, snapshotEvery: nil), log: log)
    rig.format = CompactPoints.input
    rig.isRouted = true
    var worker = rig.worker()
    try worker.runToEnd()
    return rig
  }

  @Test(
    "points of nearly one time, sent for ever, hold back no series whose points come late as well")
  func stuckClock() throws {
    let log = MemoryLog(topic: "points", partitionCount: 1)
    let lag: Milliseconds = 60_000
    for step in 0..<120 as Range<Int64> {
      let now = Rig.start + lag + step * 1_000
      for series in ["a", "b", "c", "quiet"] where series != "quiet" || step < 40 {
        append(series, time: now - lag, at: now, to: log)
      }
      // Its clock nearly stands still, a little ahead of what the others have reached.
      if step >= 10 { append("stuck", time: Rig.start + 15_000 + step, at: now, to: log) }
      appendChannel(through: now, to: log)
    }
    let rig = try runRouted(log)
    let newest = rig.records(of: .forecasts).filter { text($0.key) == "a" }
      .compactMap { number("time", in: $0) }.max()
    #expect((newest ?? 0) > Double(Rig.start + 110_000))
    // A series' own points close its buckets; that another is silent, time has to say.
    let silent = rig.records(of: .anomalies).filter { text($0.value).contains(#""kind":"silent""#) }
    #expect(silent.contains { text($0.key) == "quiet" })
    // It has only itself to blame. What found no place when it had waited has its dead letter, too.
    let letters = rig.records(of: .deadLetters)
    #expect(letters.allSatisfy { text($0.key) == "stuck" && $0.value.count == 18 })
    #expect(letters.count == Int(rig.metrics.points[.late]))
    #expect(letters.count > 50)
  }

  @Test("a pause in what is replayed behind a router does not move time to the present")
  func pauseOfOldData() throws {
    let log = MemoryLog(topic: "points", partitionCount: 1)
    let age: Milliseconds = 7 * 86_400_000
    for step in 0..<200 as Range<Int64> {
      let now = Rig.start + step * 1_000
      // Nobody sends for longer than a series counts as active.
      if !(60..<140).contains(step) {
        let time = now - age - (step < 60 ? 0 : 80_000)
        for series in ["a", "b", "c"] { append(series, time: time, at: now, to: log) }
      }
      appendChannel(through: now, to: log)
    }
    let rig = try runRouted(log)
    #expect(rig.metrics.points[.late] == 0)
    #expect(rig.records(of: .forecasts).count > 3 * 100)
  }

  @Test("a message without points after a silence does not throw time away")
  func refusedAfterSilence() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    func wave(_ steps: Range<Int64>, from start: Milliseconds) {
      for step in steps {
        let time = start + step * 1_000
        for series in ["a", "b"] {
          log.append(
            partition: 0, key: [], value: Array(point(series, time: time, value: 1).utf8),
            recordTime: time, recordClock: .broker)
        }
      }
    }
    wave(0..<20, from: Rig.start)
    let later = Rig.start + 600_000
    log.append(
      partition: 0, key: [], value: Array("not json".utf8), recordTime: later,
      recordClock: .broker)
    wave(1..<20, from: later)
    let rig = Rig(
      pipeline([try stream()], batch: 7, tickAfter: 30_000, snapshotEvery: nil), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.drops[.late] == 0)
    let times = rig.records(of: .forecasts).compactMap { number("time", in: $0) }
    #expect(times.filter { $0 > Double(later) }.count > 2 * 14)
  }

  @Test("every partition has its snapshot, however soon the next round is due")
  func everySnapshot() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 4)
    let directory = try TemporaryDirectory()
    let rig = Rig(
      pipeline([try stream()], batch: 8, tickAfter: nil, snapshotEvery: 1), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    rig.finite = false
    var worker = rig.worker()
    for step in 0..<40 as Range<Int64> {
      let time = Rig.start + step * 1_000
      for partition in 0..<4 {
        log.append(
          partition: partition, value: point("s\(partition)", time: time, value: 1),
          recordTime: time)
      }
      rig.clock.advance(milliseconds: 1_000)
      try worker.run(turns: 1)
    }
    // A name is that of its partition, with the offset behind the last dash or dot.
    let files = try directory.contents().filter { $0.hasSuffix(".snapshot") }
    let partitions = Set(files.map { $0.dropLast(9).drop { !$0.isNumber }.prefix { $0.isNumber } })
    #expect(partitions == ["0", "1", "2", "3"], "\(files)")
    #expect(rig.metrics.snapshots.value >= 20)
  }
}
