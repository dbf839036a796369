import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("files of the state directory")
struct StateDirectoryTests {
  private func snapshots(_ directory: TemporaryDirectory) throws -> [String] {
    try directory.contents().filter { $0.hasSuffix(".snapshot") }
  }

  @Test("two snapshots of a partition are kept, named by its offset; nothing half written is left")
  func generations() throws {
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "metrics-1", partitionCount: 12)
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var worker = rig.worker()
    for round in 0..<4 {
      // Partitions 1 and 11, whose names begin alike.
      for partition in [1, 11] {
        log.appendWaves(
          series: 1, steps: round * 10..<round * 10 + 10, seed: 1, partition: partition,
          isClean: true)
      }
      try worker.runToEnd()
      try worker.shutDown()
    }
    #expect(
      try snapshots(directory).filter { $0.hasPrefix("metrics-1-1-") } == [
        "metrics-1-1-0000000000000000030.snapshot", "metrics-1-1-0000000000000000040.snapshot",
      ])
    #expect(try snapshots(directory).filter { $0.hasPrefix("metrics-1-11-") }.count == 2)
    // The empty partitions have nothing to keep.
    let all = try snapshots(directory)
    #expect(all.count == 4, "\(all)")
    #expect(try directory.contents().allSatisfy { !$0.hasSuffix(".tmp") })
    #expect(rig.metrics.snapshotFailures.value == 0)
  }

  @Test("files that a process left half written, and old rejected ones, are cleaned up")
  func cleanUp() throws {
    let directory = try TemporaryDirectory()
    let half = "metrics-0-0000000000000000012.snapshot.tmp"
    try directory.write(half, "half")
    let store = try SnapshotStore(directory: directory.path)
    #expect(try directory.contents().isEmpty)
    for offset in 1...4 {
      try directory.write("metrics-0-000000000000000000\(offset).snapshot.rejected", "old")
    }
    // A committed offset beyond the end of the log rejects the partition's snapshots.
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<10, seed: 1, isClean: true)
    try MemorySink(log: log).commit([
      OffsetCommit(
        partition: log.ids[0], committed: CommittedOffset(offset: 500, metadata: "f1"))
    ])
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.snapshots = store
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(
      try directory.contents().filter { $0.hasSuffix(".rejected") } == [
        "metrics-0-0000000000000000003.snapshot.rejected",
        "metrics-0-0000000000000000004.snapshot.rejected",
      ])
  }

  @Test(
    "a stream that is never retrained keeps no errors for a watch over drift",
    arguments: [true, false])
  func drift(isRetrained: Bool) throws {
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<30, seed: 1, isClean: true)
    // The log ends before there is enough to train on.
    let schedule = isRetrained ? try Schedule(every: 10_000_000) : nil
    let rig = Rig(untimedPipeline(try stream(retraining: schedule)), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var worker = rig.worker()
    try worker.runToEnd()
    try worker.shutDown()
    let file = try #require(try snapshots(directory).first)
    let bytes = try StateDirectory(path: directory.path).read(file)
    let text = String(decoding: bytes.prefix(4_096), as: UTF8.self)
    let drift = try #require(text.firstMatch(of: /"0.drift":"([^"]*)"/)?.1)
    #expect((drift == "0.0 0.0 0.0 0.0") == !isRetrained, "\(drift)")
  }

  @Test("snapshots come by the clock, and only of partitions that moved")
  func periodic() throws {
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    let rig = Rig(
      pipeline([try stream()], tickAfter: nil, snapshotEvery: 60_000), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var worker = rig.worker()
    log.appendWaves(series: 1, steps: 0..<10, seed: 1, isClean: true)
    try worker.runToEnd()
    let atStart = rig.metrics.snapshots.value
    rig.clock.advance(milliseconds: 59_000)
    try worker.run(turns: 2)
    #expect(rig.metrics.snapshots.value == atStart)
    rig.clock.advance(milliseconds: 1_000)
    try worker.run(turns: 2)
    #expect(try snapshots(directory).contains("metrics-0-0000000000000000010.snapshot"))
    let written = rig.metrics.snapshots.value
    rig.clock.advance(milliseconds: 600_000)
    try worker.run(turns: 2)
    #expect(rig.metrics.snapshots.value == written)
  }

  @Test("after offsets were set back, a snapshot of before does not push the new one out")
  func setBack() throws {
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<100, seed: 1, isClean: true)
    let rig = Rig(untimedPipeline(try stream(), batch: 10), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var worker = rig.worker()
    try worker.run(turns: 8)
    try worker.shutDown()
    try worker.runToEnd()
    try worker.shutDown()
    #expect(try snapshots(directory).count == 2)
    try MemorySink(log: log).commit([
      OffsetCommit(
        partition: log.ids[0], committed: CommittedOffset(offset: 20, metadata: "f1"))
    ])
    var next = rig.worker()
    try next.run(turns: 3)
    try next.shutDown()
    #expect(try snapshots(directory) == ["metrics-0-0000000000000000040.snapshot"])
  }

  @Test("a snapshot that cannot be written is counted, and the stream goes on")
  func unwritable() throws {
    let directory = try TemporaryDirectory()
    let log = MemoryLog(topic: "no/such/directory", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<10, seed: 1, isClean: true)
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var worker = rig.worker()
    try worker.runToEnd()
    try worker.shutDown()
    #expect(rig.metrics.snapshotFailures.value == 1)
    #expect(rig.records(of: .forecasts).count == 8)
    #expect(rig.warnings.lines.contains { $0.contains("snapshot not written") })
  }

  @Test("models are kept by version, up to the number of generations")
  func models() throws {
    let directory = try TemporaryDirectory()
    let store = try ModelStore(directory: directory.path)
    let other = try model(1, of: stream("all-2"))
    try store.save(other)
    for version in 1...ModelStore.generations + 3 { try store.save(try model(version)) }
    #expect(store.versions(of: "all") == Array(4...ModelStore.generations + 3))
    #expect(store.versions(of: "all-2") == [1])
    let loaded = try #require(try store.load(stream: "all", version: 10))
    #expect(loaded.digest == (try model(10)).digest)
    #expect(loaded.version == 10)
    #expect(try store.load(stream: "all", version: 1) == nil)
  }

  @Test("a start takes the newest model that can be read and has the configured form")
  func newest() throws {
    let directory = try TemporaryDirectory()
    let store = try ModelStore(directory: directory.path)
    for version in 1...3 { try store.save(try model(version)) }
    try directory.write("all-3.safetensors", "damaged")
    let models = ModelRegistry(store: store)
    models.installNewest(of: try stream(), from: store, log: .silent)
    #expect(models.champion(of: "all")?.version == 2)
    #expect(models.nextVersion(of: "all") == 3)

    var larger = try stream()
    larger.model.hiddenSize = 8
    let changed = ModelRegistry(store: store)
    try directory.remove("all-3.safetensors")
    changed.installNewest(of: larger, from: store, log: .silent)
    #expect(changed.champion(of: "all") == nil)
    #expect(changed.nextVersion(of: "all") == 3, "numbers are not used again")
    // Nor is a model of another form what a replay gets.
    #expect(try changed.model(of: larger, version: 1, seed: 1) == nil)
    #expect(try changed.model(of: larger, version: 0, seed: 1)?.version == 0)
  }
}
