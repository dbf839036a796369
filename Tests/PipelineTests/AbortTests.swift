import Forecasting
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("an aborted transaction leaves no trace")
struct AbortTests {
  /// Lets commits fail with a probability.
  private func sabotage(_ rig: Rig, probability: Double, seed: UInt64) throws {
    let sink = try #require(rig.sink)
    var random = SplitMix(seed: seed)
    sink.onCommit = { [weak sink] _ in
      if random.uniform() < probability {
        sink?.scriptedCommitErrors = [.abortTransaction("scripted, seed \(seed)")]
      }
    }
  }

  @Test("outputs after aborts are those of a run without any", arguments: [1, 2, 3, 4, 5])
  func aborts(seed: UInt64) throws {
    func run(probability: Double) throws -> Rig {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      // New series, unmatched ones and a moving watermark are part of what goes back.
      log.appendWaves(series: 4, steps: 0..<120, seed: seed)
      for number in 0..<5 {
        let time = Rig.start + 120_000
        log.append(
          value: point("foreign-\(number)", time: time, value: 1), recordTime: time)
      }
      log.appendWaves(series: 6, steps: 120..<150, seed: seed)
      let rig = Rig(untimedPipeline(try stream("waves", ["wave*"]), batch: 17), log: log)
      var worker = rig.worker()
      try sabotage(rig, probability: probability, seed: seed)
      try worker.runToEnd()
      #expect(log.committed[log.ids[0]]?.offset == Int64(log.partitions[0].count))
      return rig
    }
    let reference = try run(probability: 0)
    let sabotaged = try run(probability: 0.4)
    #expect(sabotaged.metrics.aborts.value > 5)
    for family in ["forecastd_points_total", "forecastd_steps_total"] {
      #expect(sabotaged.counts(of: family) == reference.counts(of: family))
      #expect(reference.counts(of: family).values.contains { $0 > 500 })
    }
    expectSame(transcript(sabotaged.records), transcript(reference.records), "seed \(seed)")
  }

  @Test(
    "outputs and reports after aborts are those of a run without any, with trainings between",
    arguments: [1, 2])
  func training(seed: UInt64) throws {
    func run(probability: Double) throws -> Rig {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      log.appendWaves(series: 4, steps: 0..<200, seed: seed)
      let settings = untimedPipeline(
        try stream(retraining: try Schedule(every: 30_000)), batch: 23)
      let rig = Rig(settings, log: log)
      var worker = rig.worker()
      try sabotage(rig, probability: probability, seed: seed)
      try worker.runToEnd()
      return rig
    }
    let reference = try run(probability: 0)
    #expect(reference.records(of: .reports).count >= 3)
    let sabotaged = try run(probability: 0.3)
    #expect(sabotaged.metrics.aborts.value > 3)
    #expect(sabotaged.metrics.retrainings.value == reference.metrics.retrainings.value)
    expectSame(transcript(sabotaged.records), transcript(reference.records), "seed \(seed)")
  }

  @Test("a model adopted before an abort stays, and is recorded at the same offset")
  func adoption() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 3, steps: 0..<60, seed: 1)
    let rig = Rig(untimedPipeline(try stream(), batch: 1_000), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let offset = Int64(log.partitions[0].count)
    rig.models.install(try model(1))
    try worker.run(turns: 1)  // adopts, without a commit yet
    let sink = try #require(rig.sink)
    sink.scriptedCommitErrors = [.abortTransaction("scripted"), .abortTransaction("scripted")]
    log.appendWaves(series: 3, steps: 60..<90, seed: 1)
    try worker.runToEnd()
    #expect(sink.abortCount == 2)
    let committed = try #require(log.committed[log.ids[0]])
    #expect(committed.offset == Int64(log.partitions[0].count))
    let metadata = try #require(CommitMetadata(text: committed.metadata))
    #expect(metadata.events == [.init(offset: offset, kind: .model(stream: "all", version: 1))])
    let after = rig.records(of: .forecasts).filter {
      (number("time", in: $0) ?? 0) > Double(Rig.start + 61_000)
    }
    #expect(after.count > 50)
    #expect(after.allSatisfy { $0[header: "model"] == "1" })
  }

  @Test("errors other than an abort are the caller's")
  func otherErrors() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.append(value: "garbage", recordTime: Rig.start)
    let rig = Rig(untimedPipeline(try stream()), log: log)
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    sink.scriptedCommitErrors = [.rebuild("the client is fenced")]
    var caught: TransportError?
    for _ in 0..<3 where caught == nil {
      do throws(TransportError) {
        _ = try worker.runOnce()
      } catch {
        do throws(TransportError) { try worker.recover(from: error) } catch { caught = error }
      }
    }
    guard case .rebuild = caught else {
      Issue.record("not passed on: \(String(describing: caught))")
      return
    }
    #expect(sink.abortCount == 0)
  }
}

/// A model that differs from the untrained one.
func model(_ version: Int, of settings: StreamSettings? = nil) throws -> ForecastModel {
  let settings = try settings ?? stream()
  return ForecastModel(
    stream: settings.name, version: version, trainedThrough: Rig.start, fullTrainingSteps: 100,
    settings: settings.model,
    network: ForecastModel.untrained(
      stream: settings.name, settings: settings.model, seed: 1_000 + UInt64(version)
    ).network)
}
