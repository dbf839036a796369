import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("the router")
struct RouterTests {
  /// A router over a log, and what it commits.
  private final class RouterRig {
    let log: MemoryLog
    let sink: MemorySink
    let source: MemorySource
    /// What was paused and resumed, and how many messages had been delivered by then.
    private(set) var pauses: [(partition: PartitionID, isPaused: Bool, delivered: Int)] = []
    let metrics = PipelineMetrics(registry: MetricsRegistry())
    let clock = ManualClock(milliseconds: Rig.start)
    let settings: PipelineSettings

    init(_ settings: PipelineSettings, log: MemoryLog) {
      self.settings = settings
      self.log = log
      sink = MemorySink(log: log)
      source = MemorySource(log: log)
      source.onSetPaused = { [unowned self] partition, isPaused in
        pauses.append((partition, isPaused, source.deliveredCount))
      }
    }

    func router() -> Router {
      Router(
        settings: settings, inputs: InputDecoders([.init(topic: log.topic, format: Rig.json)]),
        source: source, sink: sink, clock: clock, metrics: metrics, log: .silent)
    }

    func runToEnd() throws {
      var router = router()
      try router.runToEnd()
    }

    var points: [(key: String, points: [RoutedPoint])] {
      sink.records(of: .points).filter { !$0.value.isEmpty }.map {
        (text($0.key), RoutedPoint.all(in: $0.value))
      }
    }
  }

  private struct RoutedPoint: Equatable {
    var time: Milliseconds
    var value: Double

    /// Reads the format of the points topic: a version, then kind, time and value of each point.
    static func all(in bytes: [UInt8]) -> [RoutedPoint] {
      stride(from: 1, to: bytes.count, by: 17).map { start in
        bytes.withUnsafeBytes { bytes in
          RoutedPoint(
            time: Int64(
              littleEndian: bytes.loadUnaligned(fromByteOffset: start + 1, as: Int64.self)),
            value: Double(
              bitPattern: UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: start + 9, as: UInt64.self))))
        }
      }
    }
  }

  /// Points of each step in any of the partitions, as a producer without a key leaves them.
  private func scatter(
    series: Int, steps: Int, partitions: Int, seed: UInt64
  ) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: partitions)
    var random = SplitMix(seed: seed)
    for step in 0..<steps {
      let time = Rig.start + Int64(step) * 1_000
      // Bursts: a partitioner that sticks for some messages.
      var partition = 0
      for number in 0..<series {
        if number % 3 == 0 { partition = Int.random(in: 0..<partitions, using: &random) }
        log.append(
          partition: partition,
          value: point(
            "s\(number)", time: time + Int64(number), value: Double(step % 7) + random.uniform()),
          recordTime: time + 100)
      }
    }
    return log
  }

  @Test(
    "scattered points come together in the order of event time: a worker drops none as late",
    arguments: [1, 2, 3])
  func scattered(seed: UInt64) throws {
    let steps = 120
    let rig = RouterRig(
      untimedPipeline(try stream(), batch: 90),
      log: scatter(series: 20, steps: steps, partitions: 4, seed: seed))
    rig.clock.advance(milliseconds: 1_000_000)
    try rig.runToEnd()
    #expect(rig.metrics.routedPoints.value == UInt64(20 * steps))
    var newest = Rig.start
    for record in rig.points {
      for point in record.points {
        #expect(point.time > newest - 1_000, "seed \(seed)")
        newest = max(newest, point.time)
      }
    }

    let points = MemoryLog(topic: "points", partitionCount: 2)
    for record in rig.sink.records(of: .points) {
      let partition = record.key.reduce(0) { $0 &+ Int($1) } % 2
      for number in 0..<2 where record.value.isEmpty || number == partition {
        points.append(
          partition: number, key: record.key, value: record.value, recordTime: record.timestamp)
      }
    }
    let worker = Rig(untimedPipeline(try stream()), log: points)
    worker.clock.advance(milliseconds: 1_000_000)
    worker.format = CompactPoints.input
    worker.isRouted = true
    var settings = worker.settings
    settings.streams[0].alignment.futureTolerance = 86_400_000
    worker.settings = settings
    var loop = worker.worker()
    try loop.runToEnd()
    #expect(worker.metrics.drops[.late] == 0, "seed \(seed)")
    #expect(worker.metrics.points.inTime == UInt64(20 * steps))
    #expect(worker.records(of: .deadLetters).isEmpty)
    // Of each series all steps but the first, and the last where nothing came after it.
    let count = worker.records(of: .forecasts).count
    #expect((20 * (steps - 2)...20 * (steps - 1)).contains(count), "\(count)")
  }

  @Test("a record holds points of one series in one bucket of every stream", arguments: [1, 2])
  func buckets(seed: UInt64) throws {
    let settings = untimedPipeline(
      try stream("sevens", ["s1*"], interval: 7_000), try stream("tens", interval: 10_000))
    let rig = RouterRig(
      settings, log: scatter(series: 5, steps: 200, partitions: 3, seed: seed))
    try rig.runToEnd()
    var most = 0
    for record in rig.points {
      for interval in [7_000, 10_000] as [Milliseconds] {
        let buckets = Set(record.points.map { $0.time / interval })
        #expect(buckets.count == 1, "seed \(seed): \(record)")
      }
      most = max(most, record.points.count)
    }
    #expect(most > 1, "points of one bucket share a record")
    #expect(rig.points.flatMap(\.points).count == 5 * 200)
  }

  @Test("a partition that is read far ahead is paused until the others have come up")
  func backlog() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    let count = 70_000
    for number in 0..<count {
      for partition in 0..<2 {
        log.append(
          partition: partition,
          value: point("p\(partition)", time: Rig.start + Int64(number) * 10, value: 1),
          recordTime: nil)
      }
    }
    let rig = RouterRig(untimedPipeline(try stream(), batch: 2_048), log: log)
    try rig.runToEnd()
    #expect(rig.pauses.contains { $0.isPaused && $0.partition == log.ids[0] })
    #expect(rig.pauses.contains { !$0.isPaused && $0.partition == log.ids[0] })
    let first = try #require(rig.pauses.first)
    #expect(first.delivered <= 50_000 + 2 * 2_048)
    #expect(rig.metrics.routedPoints.value == UInt64(2 * count))
    #expect(log.ids.map { log.committed[$0]?.offset } == [Int64(count), Int64(count)])
  }

  @Test("a partition that should bring more but does not holds the others up for two seconds")
  func stuckPartition() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    for partition in 0..<2 {
      log.append(
        partition: partition, value: point("a", time: Rig.start, value: 1), recordTime: nil)
    }
    let rig = RouterRig(untimedPipeline(try stream()), log: log)
    rig.source.silenced = [log.ids[1]]
    rig.source.isFinite = false
    var router = rig.router()
    for _ in 0..<5 { _ = try router.runOnce() }
    #expect(rig.metrics.routedPoints.value == 0)
    rig.clock.advance(milliseconds: 2_001)
    for _ in 0..<2 { _ = try router.runOnce() }
    #expect(rig.metrics.routedPoints.value == 1)
  }

  @Test("dead letters, points and offsets are committed together or not at all", arguments: 1...4)
  func aborts(seed: UInt64) throws {
    func run(probability: Double) throws -> RouterRig {
      let log = MemoryLog(topic: "metrics", partitionCount: 3)
      var random = SplitMix(seed: seed)
      for step in 0..<200 {
        let partition = Int.random(in: 0..<3, using: &random)
        let value =
          random.uniform() < 0.2
          ? "garbage \(step)"
          : point("s\(step % 5)", time: Rig.start + Int64(step) * 300, value: Double(step))
        log.append(partition: partition, value: value, recordTime: Rig.start + Int64(step))
      }
      let rig = RouterRig(untimedPipeline(try stream(), batch: 9), log: log)
      rig.sink.onCommit = { [weak rig] _ in
        if random.uniform() < probability {
          rig?.sink.scriptedCommitErrors = [.abortTransaction("scripted, seed \(seed)")]
        }
      }
      try rig.runToEnd()
      return rig
    }
    let reference = try run(probability: 0)
    let sabotaged = try run(probability: 0.4)
    #expect(sabotaged.sink.abortCount > 2)
    func content(_ rig: RouterRig) -> [String] {
      let points = rig.points.flatMap { record in
        record.points.map { "\(record.key) \($0.time) \($0.value)" }
      }
      let letters = rig.sink.records(of: .deadLetters).map {
        "\($0[header: "source-partition"] ?? "")/\($0[header: "source-offset"] ?? "") "
          + text($0.value)
      }
      return points.sorted() + letters.sorted()
    }
    expectSame(content(sabotaged), content(reference), "seed \(seed)")
    #expect(
      sabotaged.log.ids.map { sabotaged.log.committed[$0]?.offset }
        == sabotaged.log.partitions.map { Int64($0.count) })
  }

  /// The seconds of a backlog of two partitions as they are written, with odd messages in the midst
  /// of one of them.
  private func mergedSeconds(
    around odd: [String], hasRecordTimes: Bool = false
  ) throws -> [Int64] {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    for step in 0..<300 {
      for partition in 0..<2 {
        let time = Rig.start + Int64(step) * 1_000
        let recordTime = hasRecordTimes ? time + 50 : nil
        log.append(
          partition: partition, value: point("p\(partition)", time: time, value: 1),
          recordTime: recordTime)
        guard step == 100, partition == 0 else { continue }
        for message in odd { log.append(partition: 0, value: message, recordTime: recordTime) }
      }
    }
    let rig = RouterRig(untimedPipeline(try stream(), batch: 64), log: log)
    try rig.runToEnd()
    return rig.points.flatMap { record in
      record.key.hasPrefix("p") ? record.points.map { ($0.time - Rig.start) / 1_000 } : []
    }
  }

  @Test("one message from the future does not hold its partition back until the others are through")
  func future() throws {
    let ahead = point("ahead", time: Rig.start + 86_400_000, value: 1)
    #expect(try mergedSeconds(around: [ahead]) == (0..<300).flatMap { [$0, $0] })
  }

  @Test("many messages from the future do not hold their partition back where record times tell")
  func futureClock() throws {
    let ahead = (0..<20).map { point("ahead", time: Rig.start + 86_400_000 + $0, value: 1) }
    #expect(
      try mergedSeconds(around: ahead, hasRecordTimes: true) == (0..<300).flatMap { [$0, $0] })
  }

  @Test("a straggler does not pull what came before it ahead of the other partitions")
  func straggler() throws {
    let behind = point("behind", time: Rig.start - 86_400_000, value: 1)
    let merged = try mergedSeconds(around: [behind])
    #expect(merged.count == 600)
    var newest: Int64 = 0
    for second in merged {
      // The message before it may go one early.
      #expect(second >= newest - 1)
      newest = max(newest, second)
    }
  }

  @Test("an offset is committed only when the points read up to it are written")
  func offsets() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 2)
    // Partition 1 lags: what partition 0 has beyond it waits, and so do its offsets.
    for (partition, count) in [50, 10].enumerated() {
      for step in 0..<count {
        let time = Rig.start + Int64(step) * 1_000
        log.append(
          partition: partition, value: point("p\(partition)", time: time, value: 1),
          recordTime: time)
      }
    }
    let rig = RouterRig(untimedPipeline(try stream(), batch: 60), log: log)
    rig.source.knowsEnds = false
    rig.source.isFinite = false
    var router = rig.router()
    for _ in 0..<3 { _ = try router.runOnce() }
    try router.shutDown()
    let written = rig.points.flatMap(\.points).count
    let committed = log.committed.values.map(\.offset).reduce(0, +)
    // What is at the time of partition 1's last point, or before it.
    #expect((18...20).contains(written), "\(written)")
    #expect(written == Int(committed))
  }

  @Test("a revocation whose commit is aborted is answered, and the points routed again")
  func revocation() throws {
    let log = scatter(series: 3, steps: 50, partitions: 2, seed: 1)
    var settings = untimedPipeline(try stream(), batch: 30)
    settings.commitIntervalMilliseconds = 1_000_000
    let rig = RouterRig(settings, log: log)
    var router = rig.router()
    for _ in 0..<4 { _ = try router.runOnce() }
    rig.sink.scriptedCommitErrors = [.abortTransaction("scripted")]
    rig.source.scriptedRebalances = [.revoked(log.ids), .assigned(log.ids)]
    _ = try router.runOnce()
    #expect(rig.sink.records.isEmpty)
    try router.runToEnd()
    #expect(rig.points.flatMap(\.points).count == 150)
  }
}
