import Forecasting
import Glibc
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("when models are trained again")
struct RetrainingTests {
  /// A wave that turns into another one, ten times as high and of another shape.
  private func drifting(_ log: MemoryLog, steps: Range<Int>, at change: Int) {
    var random = SplitMix(seed: 7)
    for step in 0..<steps.upperBound {
      let noise = random.uniform()
      guard steps.contains(step) else { continue }
      let time = Rig.start + Int64(step) * Rig.interval
      for series in 0..<3 {
        let wave = sin(Double(step) / 5 + Double(series))
        let value = step < change ? 10 + wave + 0.2 * noise : 10 + 30 * (noise - 0.5)
        log.append(value: point("s\(series)", time: time, value: value), recordTime: time)
      }
    }
  }

  private func rig(
    every period: Milliseconds, log: MemoryLog, batch: Int, onDrift: Bool = true
  ) throws -> Rig {
    var stream = try stream(retraining: try Schedule(every: period))
    stream.retrainsOnDrift = onDrift
    return Rig(untimedPipeline(stream, batch: batch), log: log)
  }

  private func reasons(_ rig: Rig) -> [String] {
    rig.records(of: .reports).map { record in
      ["first", "schedule", "drift"].first { text(record.value).contains("\"reason\":\"\($0)\"") }
        ?? text(record.value)
    }
  }

  @Test("forecasts that have become worse for good bring the next training forward")
  func drift() throws {
    var transcripts: [[String]] = []
    for batch in [1, 50, 2_048] {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      drifting(log, steps: 0..<500, at: 300)
      let rig = try rig(every: 86_400_000, log: log, batch: batch)
      var worker = rig.worker()
      try worker.runToEnd()
      #expect(reasons(rig).first == "first")
      #expect(reasons(rig).contains("drift"))
      #expect(rig.metrics.drifts.value >= 1)
      transcripts.append(transcript(rig.records))
    }
    expectSame(transcripts[1], transcripts[0])
    expectSame(transcripts[2], transcripts[0])
  }

  @Test("no training is brought forward where that is off, or where nothing has changed")
  func noDrift() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    drifting(log, steps: 0..<500, at: 300)
    let unwanted = try rig(every: 86_400_000, log: log, batch: 100, onDrift: false)
    var worker = unwanted.worker()
    try worker.runToEnd()
    // The training that follows the first one was planned before that.
    #expect(reasons(unwanted) == ["first", "schedule"])
    let steady = MemoryLog(topic: "metrics", partitionCount: 1)
    drifting(steady, steps: 0..<500, at: 1_000)
    let other = try rig(every: 86_400_000, log: steady, batch: 100)
    var second = other.worker()
    try second.runToEnd()
    #expect(reasons(other) == ["first", "schedule"])
  }

  @Test("a stream without new values is not trained again")
  func noNewData() throws {
    var streams = [
      try stream("quiet", ["quiet*"], retraining: try Schedule(every: 50_000)),
      try stream("live", retraining: nil),
    ]
    streams[0].retrainsOnDrift = false
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<120, seed: 1, name: "quiet", isClean: true)
    log.appendWaves(series: 2, steps: 120..<1_200, seed: 1, name: "live", isClean: true)
    let rig = Rig(untimedPipeline(streams[0], streams[1], batch: 100), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    // A training is due every 50 seconds: until step 120 there are values for it, and of the twenty
    // periods after that only the first has new ones.
    let count = rig.records(of: .reports).count
    #expect((2...4).contains(count), "\(count)")
  }

  @Test("a restart goes on with the schedule and with what was known of a drift")
  func restart() throws {
    func run(restartAt step: Int?) throws -> (reasons: [String], forecasts: [String]) {
      let directory = try TemporaryDirectory()
      let models = try TemporaryDirectory()
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      drifting(log, steps: 0..<(step ?? 500), at: 300)
      var stream = try stream(retraining: try Schedule(every: 86_400_000))
      stream.training.minimumHistory = 96
      let store = try ModelStore(directory: models.path)
      let rig = Rig(
        untimedPipeline(stream, batch: 20), log: log, models: ModelRegistry(store: store))
      rig.snapshots = try SnapshotStore(directory: directory.path)
      var worker = rig.worker()
      try worker.runToEnd()
      try worker.shutDown()
      if let step {
        drifting(log, steps: step..<500, at: 300)
        var next = rig.worker()
        try next.runToEnd()
      }
      return (reasons(rig), transcript(rig.records, of: [.forecasts]))
    }
    let whole = try run(restartAt: nil)
    #expect(whole.reasons.first == "first" && whole.reasons.contains("drift"))
    // Before the first training, which would otherwise wait for a whole history again.
    let early = try run(restartAt: 90)
    #expect(early.reasons == whole.reasons)
    expectSame(early.forecasts, whole.forecasts)
    // In the midst of the evidence for a drift.
    let late = try run(restartAt: 310)
    #expect(late.reasons == whole.reasons)
    #expect(late.forecasts.count == whole.forecasts.count)
  }
}
