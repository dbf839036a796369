import Forecasting
import Glibc
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("seasons found while streaming")
struct FoundSeasonsTests {
  private func settings(batch: Int) throws -> PipelineSettings {
    var stream = try stream(retraining: try Schedule(every: 100_000))
    stream.findsSeasons = true
    stream.retrainsOnDrift = false
    stream.training.minimumHistory = 200
    stream.training.fullSteps = 60
    return untimedPipeline(stream, batch: batch)
  }

  private func seasonal(_ log: MemoryLog, steps: Range<Int>) {
    var random = SplitMix(seed: 3)
    for step in 0..<steps.upperBound {
      let noise = (0..<3).map { _ in random.uniform() }
      guard steps.contains(step) else { continue }
      let time = Rig.start + Int64(step) * Rig.interval
      for series in 0..<3 {
        let wave = sin(2 * .pi * Double(step) / 20 + Double(series))
        log.append(
          value: point("s\(series)", time: time, value: 50 + 10 * wave + noise[series]),
          recordTime: time)
      }
    }
  }

  @Test("a model gets the seasons found while forecasts go on without a gap, for any batch limit")
  func found() throws {
    var transcripts: [[String]] = []
    for batch in [1, 37, 2_048] {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      seasonal(log, steps: 0..<400)
      let rig = Rig(try settings(batch: batch), log: log)
      var worker = rig.worker()
      try worker.runToEnd()
      #expect(rig.models.champion(of: "all")?.settings.seasons == [20])
      #expect(rig.records(of: .forecasts).count == 3 * 398)
      transcripts.append(transcript(rig.records))
    }
    expectSame(transcripts[1], transcripts[0])
    expectSame(transcripts[2], transcripts[0])
  }

  @Test("a restart keeps the seasons that were found, with a snapshot and without one")
  func restart() throws {
    func run(restartAt step: Int?, snapshots: Bool) throws -> [String] {
      let directory = try TemporaryDirectory()
      let files = try TemporaryDirectory()
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      seasonal(log, steps: 0..<(step ?? 290))
      let store = try ModelStore(directory: files.path)
      let settings = try settings(batch: 30)
      func registry() -> ModelRegistry {
        let registry = ModelRegistry(store: store)
        registry.installNewest(of: settings.streams[0], from: store, log: .silent)
        return registry
      }
      let rig = Rig(settings, log: log, models: registry())
      rig.snapshots = snapshots ? try SnapshotStore(directory: directory.path) : nil
      var worker = rig.worker()
      try worker.runToEnd()
      try worker.shutDown()
      guard let step else { return transcript(rig.records, of: [.forecasts]) }
      #expect(rig.models.champion(of: "all")?.settings.seasons == [20])
      seasonal(log, steps: step..<290)
      let next = Rig(settings, log: log, models: registry())
      next.snapshots = rig.snapshots
      var restarted = next.worker()
      try restarted.runToEnd()
      return transcript(rig.records + next.records, of: [.forecasts])
    }
    let whole = try run(restartAt: nil, snapshots: true)
    expectSame(try run(restartAt: 260, snapshots: true), whole)
    let warmed = try run(restartAt: 260, snapshots: false)
    #expect(warmed.count == whole.count)
  }
}
