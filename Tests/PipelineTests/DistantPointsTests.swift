import Metrics
import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("points whose times are decades from their records'")
struct DistantPointsTests {
  private static let family = "forecastd_distant_points_total"
  private static let days: Milliseconds = 86_400_000
  private static let thirtyYears = 30 * 365 * days

  /// Appends a point a second.
  ///
  /// - Parameter time: of a point, by the time of its record.
  private func append(
    _ steps: Range<Int>, to log: MemoryLog, time: (Milliseconds) -> Milliseconds
  ) {
    for step in steps {
      let recordTime = Rig.start + Int64(step) * 1_000
      log.append(
        value: point("wave", time: time(recordTime), value: Double(step % 7)),
        recordTime: recordTime)
    }
  }

  @Test("points of thirty years ago are used, counted, and warned of once a minute")
  func oldPoints() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    append(0..<20, to: log) { $0 - Self.thirtyYears }
    let rig = Rig(untimedPipeline(try stream(), batch: 3), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.points[.accepted] == 20)
    #expect(rig.counts(of: Self.family) == ["input": 20])
    let line = try #require(rig.warnings.lines.first)
    for part in ["timestamp_unit", "wave", "1993-11-21T22:13:20Z", "2023-11-14T22:13:20Z"] {
      #expect(line.contains(part), "\(line)")
    }
    append(20..<40, to: log) { $0 - Self.thirtyYears }
    rig.clock.advance(milliseconds: 59_000)
    try worker.runToEnd()
    #expect(rig.warnings.lines.count == 1)
    append(40..<60, to: log) { $0 - Self.thirtyYears }
    rig.clock.advance(milliseconds: 1_000)
    try worker.runToEnd()
    #expect(rig.warnings.lines.count == 2)
    #expect(rig.counts(of: Self.family) == ["input": 60])
  }

  @Test("ten years are the bound, on the side of the past")
  func bound() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    append(0..<20, to: log) { $0 - 3_653 * Self.days }
    let rig = Rig(untimedPipeline(try stream()), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.counts(of: Self.family) == ["input": 0])
    append(20..<21, to: log) { $0 - 3_653 * Self.days - 1 }
    try worker.runToEnd()
    #expect(rig.counts(of: Self.family) == ["input": 1])
    #expect(rig.metrics.points.inTime == 21)
  }

  @Test("what is late is counted too, and what is from the future or of no stream is not")
  func unused() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    append(0..<20, to: log) { $0 }
    append(20..<25, to: log) { $0 - Self.thirtyYears }
    append(25..<30, to: log) { $0 + Self.thirtyYears }
    log.append(value: point("other", time: Rig.start / 2, value: 1), recordTime: Rig.start + 30_000)
    let rig = Rig(untimedPipeline(try stream("waves", ["wave*"])), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.metrics.drops[.late] == 5)
    #expect(rig.counts(of: Self.family) == ["input": 5])
  }

  @Test("an abort takes the count back, and records without a time say nothing")
  func aborted() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    append(0..<20, to: log) { $0 - Self.thirtyYears }
    for step in 20..<30 {
      log.append(
        value: point("wave", time: Rig.start - Self.thirtyYears + Int64(step) * 1_000, value: 1),
        recordTime: nil)
    }
    let rig = Rig(untimedPipeline(try stream(), batch: 7), log: log)
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    sink.scriptedCommitErrors = [.abortTransaction("scripted"), .abortTransaction("scripted")]
    try worker.runToEnd()
    #expect(sink.abortCount == 2)
    #expect(rig.counts(of: Self.family) == ["input": 20])
  }
}
