import Forecasting
import Glibc
import Metrics
import Pipeline
import PipelineTesting
import Synchronization
import TestSupport
import Testing
import TimeSeries

@Suite("training beside the workers", .timeLimit(.minutes(2)))
struct BackgroundTrainingTests {
  private func settings() throws -> PipelineSettings {
    var settings = untimedPipeline(
      try stream(retraining: try Schedule(every: 100_000)), batch: 100)
    settings.limits.waitMilliseconds = 1
    return settings
  }

  /// Turns until something is so; the trainer takes real time.
  private func turn(_ worker: inout Worker, until isSo: () -> Bool) throws -> Bool {
    for _ in 0..<6_000 {
      try worker.run(turns: 1)
      if isSo() { return true }
      usleep(10_000)
    }
    return false
  }

  @Test("a better model is on disk before it is adopted, and adopted at a recorded offset")
  func adoption() throws {
    let directory = try TemporaryDirectory()
    let store = try ModelStore(directory: directory.path)
    let models = ModelRegistry(store: store)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let rig = Rig(try settings(), log: log, models: models)
    let trainer = TrainerThread(
      settings: rig.settings, models: models, clock: rig.clock, log: .silent)
    try trainer.start()
    rig.trainer = trainer
    log.appendWaves(series: 4, steps: 0..<150, seed: 1, isClean: true)
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    var missing: [Int] = []
    sink.onCommit = { offsets in
      for offset in offsets {
        for event in CommitMetadata(text: offset.committed.metadata)?.events ?? [] {
          if case .model(_, let version) = event.kind, !store.versions(of: "all").contains(version)
          {
            missing.append(version)
          }
        }
      }
    }
    try worker.runToEnd()
    let untrained = try #require(models.champion(of: "all")).digest
    let isTrained = try turn(&worker) { rig.metrics.retrainings.value > 0 }
    #expect(isTrained)
    let reports = rig.records(of: .reports)
    #expect(reports.count == 1)
    let report = try #require(reports.first)
    #expect(text(report.key) == "all")
    let through = try #require(number("trained_through", in: report))
    let from = try #require(number("evaluated_from", in: report))
    #expect(from > through)
    #expect(through > Double(Rig.start))
    let champion = try #require(models.champion(of: "all"))
    #expect(champion.version == 1, "the first training beats an untrained model")
    #expect(champion.digest != untrained)
    #expect(text(report.value).contains(champion.digest))
    let offset = Int64(log.partitions[0].count)
    try worker.run(turns: 2)
    let committed = try #require(log.committed[log.ids[0]])
    #expect(
      CommitMetadata(text: committed.metadata)?.events == [
        .init(offset: offset, kind: .model(stream: "all", version: 1))
      ])
    #expect(missing.isEmpty)
    // What follows is forecast by it.
    log.appendWaves(series: 4, steps: 150..<160, seed: 1, isClean: true)
    let before = rig.records(of: .forecasts).count
    try worker.runToEnd()
    let new = rig.records(of: .forecasts).dropFirst(before)
    #expect(new.count == 40)
    #expect(new.allSatisfy { $0[header: "model"] == "1" })
    #expect(trainer.stop(timeoutMilliseconds: 10_000))
  }

  @Test("a training that is due while a longer one of another stream runs is done first")
  func makingWay() throws {
    let models = ModelRegistry(store: nil)
    let clock = SystemClock()
    var settings = try settings()
    var streams = try ["slow", "quick"].map { name in
      try stream(name, ["\(name)*"], retraining: try Schedule(every: 100_000))
    }
    // Held-out steps validate nothing, so all steps are taken.
    streams[0].training.validationShare = 0
    streams[0].training.fullEpochs = 1_000
    streams[0].training.fullSteps = 400
    settings.streams = streams
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for step in 0..<150 {
      for name in ["slow", "quick"] {
        log.appendWaves(series: 1, steps: step..<step + 1, seed: 1, name: name, isClean: true)
      }
    }
    let trainer = TrainerThread(settings: settings, models: models, clock: clock, log: .silent)
    let rig = Rig(settings, log: log, models: models)
    rig.trainer = trainer
    var worker = rig.worker()
    try worker.runToEnd()
    // Both wait; the one of the first stream was opened first, and begins.
    try trainer.start()
    let areTrained = try turn(&worker) { rig.metrics.retrainings.value == 2 }
    #expect(areTrained)
    let order = rig.records(of: .reports).map { text($0.value).contains(#""stream":"quick""#) }
    #expect(order == [true, false])
    #expect(trainer.stop(timeoutMilliseconds: 10_000))
    #expect(!trainer.isBusy)
  }

  @Test("two workers' series are trained on together, and the report is published once")
  func twoWorkers() throws {
    let models = ModelRegistry(store: nil)
    let clock = ManualClock(milliseconds: Rig.start)
    let settings = try settings()
    let trainer = TrainerThread(settings: settings, models: models, clock: clock, log: .silent)
    try trainer.start()
    let rigs = (0..<2).map { number in
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      log.appendWaves(
        series: 3, steps: 0..<150, seed: UInt64(number), name: "w\(number)-", isClean: true)
      let rig = Rig(settings, log: log, models: models, clock: clock)
      rig.trainer = trainer
      return rig
    }
    var first = rigs[0].worker(number: 0)
    var second = rigs[1].worker(number: 1)
    try first.runToEnd()
    try second.runToEnd()
    let isTrained = try turn(&first) { rigs[0].metrics.retrainings.value > 0 }
    #expect(isTrained)
    try second.run(turns: 3)
    let reports = rigs.flatMap { $0.records(of: .reports) }
    #expect(reports.count == 1)
    #expect(rigs[1].metrics.retrainings.value == 0)
    // Both adopt what either had trained.
    for rig in rigs {
      let committed = try #require(rig.log.committed[rig.log.ids[0]])
      #expect(CommitMetadata(text: committed.metadata)?.events.count == 1)
    }
    #expect(trainer.stop(timeoutMilliseconds: 10_000))
  }

  @Test("the dataset of a round holds the series of every worker that joined")
  func merged() throws {
    let models = ModelRegistry(store: nil)
    let clock = ManualClock(milliseconds: Rig.start)
    var settings = try settings()
    settings.sendsReports = false
    let trainer = TrainerThread(settings: settings, models: models, clock: clock, log: .silent)
    try trainer.start()
    var seriesCount = 0
    for number in 0..<2 {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      log.appendWaves(
        series: 3, steps: 0..<150, seed: UInt64(number), name: "w\(number)-", isClean: true)
      let rig = Rig(settings, log: log, models: models, clock: clock)
      rig.trainer = trainer
      var worker = rig.worker(number: number)
      try worker.runToEnd()
      seriesCount += 3
    }
    var reports: [TrainingReport] = []
    for _ in 0..<6_000 where reports.isEmpty {
      reports = models.takeReports()
      usleep(10_000)
    }
    #expect(reports.map(\.series) == [seriesCount])
    #expect(trainer.stop(timeoutMilliseconds: 10_000))
  }

  @Test("reports of an aborted transaction are published by the next one")
  func abortedReport() throws {
    let models = ModelRegistry(store: nil)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<10, seed: 1, isClean: true)
    let rig = Rig(untimedPipeline(try stream()), log: log, models: models)
    var worker = rig.worker()
    try worker.runToEnd()
    try models.conclude(try trainingReport(), challenger: try model(1))
    let sink = try #require(rig.sink)
    sink.onCommit = { [weak sink] _ in
      if sink?.abortCount ?? 0 < 3 { sink?.scriptedCommitErrors = [.abortTransaction("scripted")] }
    }
    try worker.run(turns: 12)
    #expect(sink.abortCount == 3)
    #expect(rig.records(of: .reports).count == 1)
    #expect(rig.metrics.retrainings.value == 1)
    #expect(rig.metrics.adoptions.value == 1)
  }

  @Test("reports that a worker could not publish before its end are left to the next one")
  func reportOfAnEndedWorker() throws {
    let models = ModelRegistry(store: nil)
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let rig = Rig(untimedPipeline(try stream()), log: log, models: models)
    try endAfterSending(rig, models)
    var next = rig.worker()
    try next.run(turns: 3)
    #expect(rig.records(of: .reports).count == 1)
  }

  private func endAfterSending(_ rig: Rig, _ models: ModelRegistry) throws {
    var worker = rig.worker()
    try worker.runToEnd()
    try models.conclude(try trainingReport(), challenger: try model(1))
    try worker.run(turns: 1)
    #expect(rig.records(of: .reports).isEmpty)
  }
}
