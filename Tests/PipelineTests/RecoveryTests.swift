import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// A partition's life with everything that moves a state: records, an adopted model, a tick.
///
/// Told in two parts, between which a process may end.
private final class Story {
  let log = MemoryLog(topic: "metrics", partitionCount: 1)
  let clock = ManualClock(milliseconds: Rig.start)
  let directory: TemporaryDirectory
  let store: ModelStore
  var settings: PipelineSettings
  private(set) var rigs: [Rig] = []
  /// Offsets that went backwards in a commit.
  private(set) var regressions: [String] = []

  init() throws {
    settings = pipeline([try stream()], batch: 25, tickAfter: 5_000, snapshotEvery: nil)
    directory = try TemporaryDirectory()
    store = try ModelStore(directory: directory.path)
  }

  var id: PartitionID { log.ids[0] }
  var records: [MemorySink.Record] { rigs.flatMap(\.records) }
  var warnings: [String] { rigs.flatMap(\.warnings.lines) }

  /// The samples of a metric family with one label, over all processes.
  func counts(of family: String) -> [String: UInt64] {
    rigs.reduce(into: [:]) { $0.merge($1.counts(of: family), uniquingKeysWith: +) }
  }

  /// A process of its own: its models come from the disk.
  func process(log other: MemoryLog? = nil) throws -> Rig {
    let models = ModelRegistry(store: store)
    for stream in settings.streams { models.installNewest(of: stream, from: store, log: .silent) }
    let rig = Rig(settings, log: other ?? log, models: models, clock: clock)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    rigs.append(rig)
    return rig
  }

  /// As `rig.worker()`, and watches its commits.
  func worker(_ rig: Rig) -> Worker {
    let worker = rig.worker()
    let log = rig.log
    rig.sink?.onCommit = { [weak self] offsets in
      for offset in offsets {
        let before = log.committed[offset.partition]?.offset ?? 0
        if offset.committed.offset < before {
          self?.regressions.append("\(before) → \(offset.committed.offset)")
        }
      }
    }
    return worker
  }

  enum Part {
    case first, second, third
    /// A clean end, which leaves a snapshot.
    case shutDown
  }

  /// One process that lives through these parts; what it has not committed then is gone.
  @discardableResult
  func tell(_ parts: Part...) throws -> Rig {
    let rig = try process()
    var worker = worker(rig)
    for part in parts {
      switch part {
      case .first: try first(&worker)
      case .second: try second(&worker, rig)
      case .third: try third(&worker)
      case .shutDown: try worker.shutDown()
      }
    }
    return rig
  }

  private func first(_ worker: inout Worker) throws {
    log.appendWaves(series: 3, steps: 0..<60, seed: 1)
    try worker.runToEnd()
  }

  /// Ends at step 150, with model 1 adopted and a tick on the way.
  private func second(_ worker: inout Worker, _ rig: Rig) throws {
    log.appendWaves(series: 3, steps: 60..<80, seed: 1)
    try worker.runToEnd()
    let model = try model(1)
    try store.save(model)
    rig.models.install(model)
    try worker.run(turns: 2)
    log.appendWaves(series: 3, steps: 80..<110, seed: 1)
    try worker.runToEnd()
    clock.advance(milliseconds: Rig.start + 115_000 - clock.now())
    try worker.run(turns: 2)
    log.appendWaves(series: 3, steps: 130..<150, seed: 1)
    try worker.runToEnd()
  }

  func third(_ worker: inout Worker) throws {
    log.appendWaves(series: 4, steps: 150..<220, seed: 1)
    try worker.runToEnd()
  }

  /// What a process that never ends publishes.
  static func uninterrupted() throws -> [MemorySink.Record] {
    let story = try Story()
    try story.tell(.first, .second, .third)
    return story.records
  }
}

@Suite("recovery")
struct RecoveryTests {
  @Test("an adopted model and a tick stand in the metadata of the committed offset")
  func story() throws {
    let story = try Story()
    let rig = try story.tell(.first, .second)
    let committed = try #require(story.log.committed[story.id])
    let events = try #require(CommitMetadata(text: committed.metadata)).events
    #expect(
      events.map(\.kind) == [
        .model(stream: "all", version: 1), .tick(watermark: Rig.start + 115_000),
      ])
    let models = Set(rig.records(of: .forecasts).compactMap { $0[header: "model"] })
    #expect(models == ["0", "1"])
  }

  @Test("after a clean end and a start the outputs go on byte for byte")
  func cleanEnd() throws {
    let story = try Story()
    try story.tell(.first, .second, .shutDown)
    try story.tell(.third)
    expectSame(transcript(story.records), transcript(try Story.uninterrupted()))
    #expect(story.warnings.isEmpty)
    #expect(story.regressions.isEmpty)
  }

  @Test("after a crash long after the last snapshot the outputs go on byte for byte")
  func oldSnapshot() throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second)
    // No shutDown: whatever was not committed is gone, and the snapshot is of the first part.
    try story.tell(.third)
    expectSame(transcript(story.records), transcript(try Story.uninterrupted()))
    #expect(story.warnings.isEmpty)
    #expect(story.regressions.isEmpty, "a replay must not take the group's offsets back")
  }

  @Test("what a replay does again is not counted again")
  func counts() throws {
    let interrupted = try Story()
    try interrupted.tell(.first, .shutDown, .second)
    try interrupted.tell(.third)
    let whole = try Story()
    try whole.tell(.first, .second, .third)
    for family in [
      "forecastd_points_total", "forecastd_steps_total", "forecastd_series_events_total",
    ] {
      let counts = interrupted.counts(of: family)
      #expect(counts == whole.counts(of: family), "\(family)")
      #expect(!counts.isEmpty)
    }
    let points = whole.counts(of: "forecastd_points_total").values.reduce(0, +)
    let garbage = whole.rigs.reduce(0) { $0 + $1.metrics.drops[.malformed] }
    #expect(points + garbage == UInt64(whole.log.partitions[0].count), "one point a message")
  }

  @Test("with a damaged newest snapshot the one before it is used, and outputs go on byte for byte")
  func damagedSnapshot() throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second, .shutDown)
    let snapshots = try story.directory.contents().filter { $0.hasSuffix(".snapshot") }
    #expect(snapshots.count == 2)
    try story.directory.write(#require(snapshots.last), "not a snapshot")
    try story.tell(.third)
    expectSame(transcript(story.records), transcript(try Story.uninterrupted()))
    #expect(story.warnings.count == 1)
    #expect(story.warnings.first?.contains("snapshot not usable") == true)
    #expect(story.regressions.isEmpty)
  }

  @Test(
    "after any number of crashes in the middle of a replay outputs go on byte for byte",
    arguments: [1, 3, 6])
  func crashesInReplay(turns: Int) throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second)
    for _ in 0..<3 {
      var short = story.worker(try story.process())
      try short.run(turns: turns)
    }
    try story.tell(.third)
    expectSame(transcript(story.records), transcript(try Story.uninterrupted()))
    #expect(story.regressions.isEmpty)
  }

  @Test(
    "where transactions abort during a replay and after it, outputs go on byte for byte",
    arguments: [1, 2, 3])
  func abortsInReplay(seed: UInt64) throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second)
    let rig = try story.process()
    var next = story.worker(rig)
    let sink = try #require(rig.sink)
    var random = SplitMix(seed: seed)
    sink.onCommit = { [weak sink] _ in
      if random.uniform() < 0.4 {
        sink?.scriptedCommitErrors = [.abortTransaction("scripted, seed \(seed)")]
      }
    }
    try story.third(&next)
    #expect(sink.abortCount > 2)
    expectSame(
      transcript(story.records), transcript(try Story.uninterrupted()), "seed \(seed)")
  }

  @Test("without a snapshot the state warms up from the log, and forecasts go on without a gap")
  func noSnapshot() throws {
    let story = try Story()
    try story.tell(.first, .second)
    let rig = try story.process()
    rig.snapshots = nil
    var next = story.worker(rig)
    try story.third(&next)
    expectSame(places(story.records), places(try Story.uninterrupted()))
    #expect(story.regressions.isEmpty)
  }

  @Test("a model whose file is gone is no reason to stop")
  func modelGone() throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second)
    for file in try story.directory.contents() where file.hasSuffix(".safetensors") {
      try story.directory.remove(file)
    }
    try story.tell(.third)
    expectSame(places(story.records), places(try Story.uninterrupted()))
    #expect(story.warnings.contains { $0.contains("gone") })
  }

  @Test("under another calendar the states are rebuilt from the histories, without a gap")
  func otherCalendar() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    story.settings.streams[0].model.timeZone = nil
    try story.tell(.second)
    #expect(story.warnings.count == 2)
    #expect(story.warnings.allSatisfy { $0.contains("the calendar was") })
    let uninterrupted = try Story()
    try uninterrupted.tell(.first, .second)
    expectSame(places(story.records), places(uninterrupted.records))
    #expect(story.regressions.isEmpty)
  }

  @Test("a snapshot of a log that was made anew is set aside, and the state is built without it")
  func otherLog() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    // The same topic with other records, at least as long.
    let other = MemoryLog(topic: "metrics", partitionCount: 1)
    other.appendWaves(series: 3, steps: 0..<80, seed: 99)
    try commit(story.log.committed, to: other)
    let rig = try story.process(log: other)
    var next = story.worker(rig)
    #expect(throws: TransportError.self) { try next.runToEnd() }
    #expect(try story.directory.contents().contains { $0.hasSuffix(".snapshot.rejected") })
    #expect(try !story.directory.contents().contains { $0.hasSuffix(".snapshot") })
    var rebuilt = story.worker(rig)
    try rebuilt.runToEnd()
    #expect(rig.records(of: .forecasts).count > 40)
    #expect(other.committed[story.id]?.offset == Int64(other.partitions[0].count))
  }

  @Test("a log that ends before the committed offset is read from its beginning")
  func shorterLog() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    let other = MemoryLog(topic: "metrics", partitionCount: 1)
    other.appendWaves(series: 2, steps: 0..<20, seed: 3, isClean: true)
    try commit(story.log.committed, to: other)
    let rig = try story.process(log: other)
    var next = story.worker(rig)
    try next.runToEnd()
    #expect(rig.records(of: .forecasts).count == 2 * 18)
    #expect(other.committed[story.id]?.offset == 40)
  }

  @Test("a log that has lost its newest records goes on with the state of the snapshot")
  func cutLog() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    try story.tell(.first)
    // The same records, up to some that were committed after the snapshot.
    let cut = MemoryLog(topic: "metrics", partitionCount: 1)
    cut.appendWaves(series: 3, steps: 0..<60, seed: 1)
    cut.appendWaves(series: 1, steps: 60..<61, seed: 1)
    try commit(story.log.committed, to: cut)
    let rig = try story.process(log: cut)
    var next = story.worker(rig)
    try next.runToEnd()
    #expect(rig.records(of: .forecasts).isEmpty, "nothing is published again")
    #expect(rig.warnings.lines.contains { $0.contains("did a broker lose records") })
    #expect(try !story.directory.contents().contains { $0.hasSuffix(".rejected") })
    cut.appendWaves(series: 3, steps: 61..<70, seed: 1)
    try next.runToEnd()
    #expect(rig.records(of: .forecasts).count >= 3 * 8, "no series warms up again")
    #expect(cut.committed[story.id]?.offset == Int64(cut.partitions[0].count))
  }

  @Test("a snapshot of another cluster is not used")
  func otherCluster() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    let other = MemoryLog(topic: "metrics", partitionCount: 1)
    other.clusterID = "another"
    other.appendWaves(series: 3, steps: 0..<80, seed: 99)
    try commit(story.log.committed, to: other)
    let rig = try story.process(log: other)
    var next = story.worker(rig)
    try next.runToEnd()
    #expect(rig.records(of: .forecasts).count > 40)
    #expect(try !story.directory.contents().contains { $0.hasSuffix(".rejected") })
  }

  @Test("where retention has deleted what follows the snapshot, the rest of the log warms up")
  func truncatedLog() throws {
    let story = try Story()
    try story.tell(.first, .shutDown, .second)
    let committed = try #require(story.log.committed[story.id]).offset
    story.log.truncate(partition: 0, before: committed - 30)
    try story.tell(.third)
    let reference = places(try Story.uninterrupted())
    let found = places(story.records)
    // Series need two points again before their first forecast; none is made twice.
    #expect(Set(found).count == found.count)
    #expect(Set(found).isSubset(of: reference))
    #expect(found.count > reference.count - 12)
    // The snapshot goes on from the commit, which the log has deleted no record after.
    #expect(story.rigs.allSatisfy { $0.metrics.lostRecords.value == 0 })
    #expect(story.regressions.isEmpty)
  }

  @Test("records that retention deleted before they were read are counted and named")
  func lostRecords() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    let committed = try #require(story.log.committed[story.id]).offset
    story.log.appendWaves(series: 3, steps: 60..<90, seed: 1, isClean: true)
    story.log.truncate(partition: 0, before: committed + 40)
    let rig = try story.tell(.shutDown)
    var worker = story.worker(rig)
    try worker.runToEnd()
    #expect(rig.metrics.lostRecords.value == 40)
    #expect(story.warnings.contains { $0.contains("deleted records") && $0.contains("40") })
    #expect(story.log.committed[story.id]?.offset == Int64(story.log.partitions[0].count))
  }

  @Test("metadata that the daemon did not write is no reason to stop")
  func foreignMetadata() throws {
    let story = try Story()
    try story.tell(.first, .shutDown)
    var commits = story.log.committed
    commits[story.id]?.metadata = "written by kafka-consumer-groups.sh"
    try commit(commits, to: story.log)
    let rig = try story.process()
    var next = story.worker(rig)
    story.log.appendWaves(series: 3, steps: 60..<80, seed: 1)
    try next.runToEnd()
    #expect(rig.records(of: .forecasts).count >= 3 * 15)
  }

  /// Which forecasts there are, whatever they say.
  private func places(_ records: [MemorySink.Record]) -> [String] {
    records.filter { $0.topic == .forecasts }.map {
      "\(text($0.key)) \(Int64(number("time", in: $0) ?? 0))"
    }
  }

  private func commit(
    _ offsets: [PartitionID: CommittedOffset], to log: MemoryLog
  ) throws {
    try MemorySink(log: log).commit(
      offsets.map { OffsetCommit(partition: $0.key, committed: $0.value) })
  }
}
