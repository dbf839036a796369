import Forecasting
import NeuralNetwork
import Testing
import TimeSeries

/// What a trainer carries from training to training, and over a restart.
@Suite struct TrainerStateTests {
  private static let settings = ModelSettings.small()

  private func quick() -> TrainingSettings {
    var training = TrainingSettings.quick
    training.fullSteps = 60
    training.onlineSteps = 4
    return training
  }

  private func dataset(steps: Int) -> TrainingDataset {
    let series = Synthetic.seasonal(count: 4, steps: steps, seed: 81)
    return TrainingDataset(
      interval: SeriesStream.hour,
      series: series.enumerated().map { index, values in
        TrainingDataset.Series(
          key: Array("series-\(index)".utf8), lastTime: SeriesStream.time(steps - 1),
          values: values)
      })
  }

  private func train(
    _ trainer: inout Trainer, _ champion: ForecastModel, steps: Int = 400
  ) throws -> TrainingOutcome {
    try trainer.finish(
      champion, dataset(steps: steps), version: champion.version + 1, seed: 3)
  }

  private var untrained: ForecastModel {
    ForecastModel.untrained(stream: "s", settings: Self.settings, seed: 1)
  }

  @Test("a trainer restored from its state trains on to the same bits; a new one to others")
  func restored() throws {
    var trainer = Trainer(settings: quick())
    let none = trainer.encodedState()
    #expect(none == nil)
    let first = try train(&trainer, untrained)
    #expect(first.report.adopted)
    let encoded = trainer.encodedState()
    let state = try #require(encoded)
    var restored = Trainer(settings: quick())
    try restored.restore(encoded: state, champion: first.challenger)
    let again = restored.encodedState()
    #expect(again == state)
    var fresh = Trainer(settings: quick())
    let digests = [
      try train(&trainer, first.challenger).report.digest,
      try train(&restored, first.challenger).report.digest,
      try train(&fresh, first.challenger).report.digest,
    ]
    #expect(digests[0] == digests[1])
    #expect(digests[0] != digests[2])
  }

  @Test("a damaged state, or one of another model, is refused and leaves the trainer as new")
  func refused() throws {
    var trainer = Trainer(settings: quick())
    let first = try train(&trainer, untrained)
    let encoded = trainer.encodedState()
    let state = try #require(encoded)
    let other = ForecastModel.untrained(
      stream: "s", settings: .small(hiddenSize: 32), seed: 1)
    var fresh = Trainer(settings: quick())
    for (bytes, champion) in [(state, other), (Array(state.dropLast(5)), first.challenger)] {
      do throws(ForecastingError) {
        try fresh.restore(encoded: bytes, champion: champion)
        Issue.record("taken")
      } catch {
        #expect("\(error)" != "")
      }
    }
    let untouched = fresh.encodedState()
    #expect(untouched == nil)
  }

  @Test("the online rate halves after four trainings without a better model, down to its floor")
  func plateau() throws {
    var training = quick()
    training.margin = 0.9
    training.constants.plateauFloor = 0.25
    training.constants.fullTrainingGrowth = 1000
    var trainer = Trainer(settings: training)
    // Adopted by nobody, yet trained: the champion of this test.
    let champion = try train(&trainer, untrained).challenger
    var rates: [Double] = []
    for _ in 0..<16 {
      let report = try train(&trainer, champion).report
      #expect(!report.adopted && !report.isFull)
      rates.append(report.learningRate)
    }
    let base = training.onlineLearningRate
    #expect(rates.first == base)
    #expect(rates.last == base / 4)
    #expect(Set(rates) == [base, base / 2, base / 4])
    #expect(rates.firstIndex(of: base / 2) == 5)
  }

  @Test("a full training trains on older segments too, and the gate never scores them")
  func segments() throws {
    let whole = dataset(steps: 900)
    func part(_ range: Range<Int>) -> [TrainingDataset.Series] {
      whole.series.map { series in
        TrainingDataset.Series(
          key: series.key, lastTime: SeriesStream.time(range.upperBound - 1),
          values: Array(series.values[range]))
      }
    }
    let recent = TrainingDataset(interval: SeriesStream.hour, series: part(500..<900))
    let more = TrainingDataset(
      interval: SeriesStream.hour, series: part(500..<900), segments: part(0..<300))
    func report(_ dataset: TrainingDataset) throws -> TrainingReport {
      var trainer = Trainer(settings: quick())
      let outcome = try trainer.finish(untrained, dataset, seed: 3)
      #expect(outcome.challenger.fullTrainingSteps == dataset.stepCount - 4 * 60)
      return outcome.report
    }
    let reports = [try report(recent), try report(more)]
    #expect(reports[0].championLoss == reports[1].championLoss)
    #expect(reports[0].evaluatedTargets == reports[1].evaluatedTargets)
    #expect(reports[0].digest != reports[1].digest)
  }

  @Test("the older segments of one series make an online training no larger")
  func workOfOneSeries() throws {
    let values = dataset(steps: 1600).series[0].values
    func part(_ range: Range<Int>) -> TrainingDataset.Series {
      TrainingDataset.Series(
        key: Array("one".utf8), lastTime: SeriesStream.time(range.upperBound - 1),
        values: Array(values[range]))
    }
    let dataset = TrainingDataset(
      interval: SeriesStream.hour, series: [part(1200..<1600)],
      segments: [part(0..<400), part(400..<800), part(800..<1200)])
    let training = quick()
    var trainer = Trainer(settings: training)
    let first = try trainer.finish(untrained, dataset, seed: 3)
    try #require(first.report.adopted)
    let online = try trainer.finish(first.challenger, dataset, version: 2, seed: 3).report
    #expect(!online.isFull)
    // Four lanes, each with an origin at every fourth step of a chunk.
    let most = training.onlineSteps * 4 * (training.chunk / 4) * Self.settings.horizon
    #expect(online.samples > most / 4 && online.samples <= most)
  }
}
