import Forecasting
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// What subscribers of the reports see of challengers, good and bad.
@Suite("champion and challenger on the reports' topic")
struct ChallengerRecordsTests {
  private struct Verdict: Equatable {
    var model: Int
    var champion: Int?
    var isAdopted: Bool
    var reason: String
  }

  private func settings(_ change: (inout TrainingSettings) -> Void) throws -> PipelineSettings {
    var stream = try stream(retraining: try Schedule(every: 60_000))
    stream.retrainsOnDrift = false
    // Enough to forecast the waves well, so that bad is bad.
    stream.model.hiddenSize = 16
    stream.training.minimumHistory = 192
    stream.training.historyPoints = 1024
    stream.training.fullSteps = 300
    stream.training.fullEpochs = 1_000
    stream.training.onlineSteps = 8
    stream.training.constants.fullTrainingGrowth = 100
    change(&stream.training)
    return pipeline(stream)
  }

  @Test("a good challenger is adopted, bad ones are refused, and subscribers get all their records")
  func verdicts() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let directory = try TemporaryDirectory()
    let rig = Rig(try settings { _ in }, log: log)
    rig.snapshots = try SnapshotStore(directory: directory.path)
    var reportCount = 0
    /// The verdicts of a worker with these settings on the next steps of the log.
    func goOn(_ settings: PipelineSettings, steps: Range<Int>) throws -> [Verdict] {
      rig.settings = settings
      log.appendWaves(series: 4, steps: steps, seed: 5, isClean: true)
      var worker = rig.worker()
      try worker.runToEnd()
      try worker.shutDown()
      let records = rig.records(of: .reports)[reportCount...]
      reportCount += records.count
      return try records.map(verdict)
    }
    let good = try goOn(try settings { _ in }, steps: 0..<230)
    #expect(good.first == Verdict(model: 1, champion: nil, isAdopted: true, reason: "first"))
    let champion = try #require(rig.models.champion(of: "all")).version
    let before = rig.records(of: .forecasts).count
    let full = try settings {
      $0.fullLearningRate = 1
      $0.constants.fullTrainingGrowth = 1.0001
    }
    let bad =
      try goOn(full, steps: 230..<360)
      + goOn(try settings { $0.onlineLearningRate = 1 }, steps: 360..<520)
    #expect(bad.count >= 4)
    for verdict in bad {
      #expect(!verdict.isAdopted && verdict.champion == champion && verdict.reason == "schedule")
    }
    // Nobody is forecast by a model that was refused.
    #expect(rig.models.champion(of: "all")?.version == champion)
    let since = rig.records(of: .forecasts)[before...]
    #expect(since.count > 1_000)
    #expect(since.allSatisfy { number("model", in: $0) == Double(champion) })
  }

  private func verdict(_ record: MemorySink.Record) throws -> Verdict {
    let body = text(record.value)
    let isAdopted = body.contains("\"adopted\":true")
    let before = try #require(number("champion_loss", in: record))
    let after = try #require(number("challenger_loss", in: record))
    #expect(isAdopted == (after < before), "\(body)")
    let through = try #require(number("trained_through", in: record))
    let from = try #require(number("evaluated_from", in: record))
    #expect(from > through)
    #expect(text(record.key) == "all")
    return Verdict(
      model: Int(try #require(number("model", in: record))),
      champion: number("champion", in: record).map { Int($0) }, isAdopted: isAdopted,
      reason: try #require(
        ["first", "schedule", "drift"].first { body.contains("\"reason\":\"\($0)\"") }))
  }
}
