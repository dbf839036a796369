import Metrics
import Pipeline
import PipelineTesting
import Synchronization
import TestSupport
import Testing
import TimeSeries

/// A clock on which every look takes a while, so that turns become long.
private final class SlowClock: PipelineClock {
  private let state: Mutex<(nanoseconds: Int64, look: Int64)>

  init(milliseconds: Milliseconds, look: Milliseconds) {
    state = Mutex((milliseconds * 1_000_000, look * 1_000_000))
  }

  func now() -> Milliseconds { state.withLock { $0.nanoseconds / 1_000_000 } }

  func monotonicNanoseconds() -> Int64 {
    state.withLock {
      $0.nanoseconds += $0.look
      return $0.nanoseconds
    }
  }

  func advance(milliseconds: Milliseconds, look: Milliseconds) {
    state.withLock { $0 = ($0.nanoseconds + milliseconds * 1_000_000, look * 1_000_000) }
  }
}

@Suite("long turns")
struct LongTurnTests {
  private static let series = 300

  /// After 8 steps a gap of 30, which time passes at once.
  private func gap(_ log: MemoryLog) {
    log.appendWaves(series: Self.series, steps: 0..<8, seed: 1, isClean: true)
    log.appendWaves(series: Self.series, steps: 38..<42, seed: 1, isClean: true)
  }

  /// How far time has come on its way, by the committed events.
  private func progress(_ log: MemoryLog) -> Milliseconds? {
    let metadata = log.committed[log.ids[0]].flatMap { CommitMetadata(text: $0.metadata) }
    for case .progress(let watermark) in (metadata?.events ?? []).map(\.kind).reversed() {
      return watermark
    }
    return nil
  }

  private func worker(
    on log: MemoryLog, _ sink: MemorySink, _ clock: any PipelineClock, snapshots: SnapshotStore?
  ) throws -> Worker {
    var settings = pipeline([try stream()], batch: 1_000, tickAfter: 30_000, snapshotEvery: 2_000)
    settings.start = .earliest
    let source = MemorySource(log: log)
    source.isFinite = false
    return Worker(
      settings: settings, inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]),
      source: source, sink: sink, clock: clock, models: ModelRegistry(store: nil),
      metrics: PipelineMetrics(registry: MetricsRegistry()), snapshots: snapshots, log: .silent,
      trainer: nil)
  }

  @Test("a long way of time is committed on the way, and a crash after each commit changes nothing")
  func crashes() throws {
    let whole = MemoryLog(topic: "metrics", partitionCount: 1)
    gap(whole)
    let reference = Rig(untimedPipeline(try stream()), log: whole)
    var loop = reference.worker()
    try loop.runToEnd()
    let expected = transcript(reference.records(of: .forecasts))

    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    gap(log)
    let directory = try TemporaryDirectory()
    let snapshots = try SnapshotStore(directory: directory.path)
    let clock = SlowClock(milliseconds: Rig.start + 80_000, look: 300)
    var records: [MemorySink.Record] = []
    var crashes = 0
    while records.count < expected.count, crashes < 50 {
      // Each worker lives until it has committed a part of the way, or all there is.
      let sink = MemorySink(log: log)
      var worker = try worker(on: log, sink, clock, snapshots: snapshots)
      let before = progress(log)
      for _ in 0..<200 where progress(log) == before || progress(log) == nil {
        _ = try worker.runOnce()
      }
      records += sink.records(of: .forecasts)
      crashes += 1
    }
    #expect(crashes > 3, "the way was committed in parts: \(crashes)")
    // The slow clock goes on meanwhile, so that there is more to close in the end.
    expectSame(Array(transcript(records).prefix(expected.count)), expected)
  }

  @Test("a tick over a long silence is many turns, each of which is committed")
  func tick() throws {
    func run(look: Milliseconds) throws -> (records: [String], ticks: Set<Milliseconds>) {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      log.appendWaves(series: Self.series, steps: 0..<30, seed: 1, isClean: true)
      let clock = SlowClock(milliseconds: Rig.start + 30_000, look: 0)
      let sink = MemorySink(log: log)
      var worker = try worker(on: log, sink, clock, snapshots: nil)
      for _ in 0..<15 { _ = try worker.runOnce() }
      clock.advance(milliseconds: 31_000, look: look)
      var ticks: Set<Milliseconds> = []
      for _ in 0..<40 {
        _ = try worker.runOnce()
        let metadata = log.committed[log.ids[0]].flatMap { CommitMetadata(text: $0.metadata) }
        for case .tick(let watermark) in (metadata?.events ?? []).map(\.kind) {
          ticks.insert(watermark)
        }
      }
      return (transcript(sink.records(of: .forecasts)), ticks)
    }
    let (slow, fast) = (try run(look: 300), try run(look: 0))
    #expect(fast.ticks.count == 1)
    #expect(slow.ticks.count > 3, "each part was committed: \(slow.ticks.count)")
    // The slow clock goes on meanwhile, so that there is more to close in the end.
    expectSame(Array(slow.records.prefix(fast.records.count)), fast.records)
  }
}
