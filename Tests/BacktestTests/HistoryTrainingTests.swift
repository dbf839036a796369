import Backtest
import Detection
import Forecasting
import MetricFormats
import Pipeline
import TestSupport
import Testing
import TimeSeries

@Suite("Training on history")
struct HistoryTrainingTests {
  static func settings() throws -> PipelineSettings {
    let interval: Milliseconds = 3_600_000
    var training = TrainingSettings()
    training.fullSteps = 200
    return PipelineSettings(streams: [
      StreamSettings(
        name: "sample", patterns: [try SeriesPattern("series*")],
        alignment: AlignmentSettings(interval: interval),
        model: ModelSettings(interval: interval, seasons: [8], horizon: 6),
        training: training, retraining: try Schedule(every: 100 * interval),
        anomalies: AnomalySettings())
    ])
  }

  private func train(
    _ rows: [[Double]], in directory: TemporaryDirectory
  ) throws -> [HistoryTraining.Outcome] {
    let file = try directory.write("history.csv", SampleHistory.table(rows))
    return try HistoryTraining(
      History(paths: [file]), configuration: Self.settings(),
      stateDirectory: directory.path + "/state"
    ).run(threads: 1)
  }

  /// What a daemon does at its start.
  private func registry(_ directory: TemporaryDirectory) throws -> ModelRegistry {
    let store = try ModelStore(directory: directory.path + "/state/models")
    let models = ModelRegistry(store: store)
    models.installNewest(of: try Self.settings().streams[0], from: store, log: .silent)
    return models
  }

  @Test("training on history leaves a model that a daemon with this configuration starts from")
  func newInstallation() throws {
    let directory = try TemporaryDirectory()
    let outcome = try #require(try train(SampleHistory.rows(300), in: directory).first)
    let training = try #require(outcome.training)
    #expect(outcome.series == 3 && outcome.steps == 900)
    #expect(training.isAdopted && training.modelVersion == 1)
    let champion = try #require(try registry(directory).champion(of: "sample"))
    #expect(champion.version == 1)
    #expect(champion.digest == training.digest)
    #expect(champion.trainedThrough == training.trainedThrough)
  }

  @Test("training on history goes on from the model that is there, with the next number")
  func again() throws {
    let directory = try TemporaryDirectory()
    let first = try #require(try train(SampleHistory.rows(300), in: directory).first?.training)
    let second = try #require(try train(SampleHistory.rows(400), in: directory).first?.training)
    #expect(second.championVersion == 1 && second.modelVersion == 2)
    let champion = try #require(try registry(directory).champion(of: "sample"))
    #expect(champion.digest == (second.isAdopted ? second.digest : first.digest))
  }

  @Test("training on a history that is too short says so, and leaves nothing")
  func tooShort() throws {
    let directory = try TemporaryDirectory()
    let outcome = try #require(try train(SampleHistory.rows(100), in: directory).first)
    #expect(outcome.training == nil)
    #expect(outcome.longest == 100 && outcome.historyMinimum == 192)
    #expect(try registry(directory).champion(of: "sample") == nil)
    #expect(try directory.contents("state/models") == [])
  }

  @Test("training on series that no stream takes is an error")
  func noStream() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(
      "history.csv", SampleHistory.table(SampleHistory.rows(50, series: 1), names: ["other"]))
    let training = try HistoryTraining(
      History(paths: [file]), configuration: Self.settings(), stateDirectory: directory.path)
    #expect(throws: BacktestError.self) { try training.run(threads: 1) }
  }
}
