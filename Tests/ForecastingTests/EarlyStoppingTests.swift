import Forecasting
import Testing
import TimeSeries

/// Full trainings that an older part of the held-out stretch validates.
@Suite struct EarlyStoppingTests {
  /// Held out of 400 steps: 30 that validate, 30 that judge.
  private static let steps = 400
  private static let part = 30

  private func values() -> [[Double]] {
    Synthetic.seasonal(count: 3, steps: Self.steps, seed: 17)
      + Synthetic.autoregressive(count: 3, steps: Self.steps, seed: 18)
  }

  private func dataset(_ series: [[Double]]) -> TrainingDataset {
    TrainingDataset(
      interval: SeriesStream.hour,
      series: series.enumerated().map { index, values in
        TrainingDataset.Series(
          key: Array("series-\(index)".utf8), lastTime: SeriesStream.time(values.count - 1),
          values: values)
      })
  }

  /// A rate that stays high, so that little data is soon learned by heart, and so that the weights of
  /// a step do not depend on how many are to come.
  private func settings() -> TrainingSettings {
    var training = TrainingSettings.quick
    training.fullEpochs = 1000
    training.fullLearningRate = 0.01
    training.finalRateShare = 1
    training.averageDecay = 0.9
    training.constants.validationSteps = 10
    training.validationPatience = 3
    training.constants.validationTolerance = 0
    return training
  }

  private func train(
    _ training: TrainingSettings, _ dataset: TrainingDataset,
    from champion: ForecastModel = .untrained(stream: "s", settings: .small(), seed: 1)
  ) throws -> TrainingOutcome {
    var trainer = Trainer(settings: training)
    let result = trainer.train(
      champion: champion, dataset: dataset, version: 1, seed: 3, seconds: { 0 })
    guard case .finished(let outcome) = result else { throw Unfinished(result: "\(result)") }
    return outcome
  }

  private struct Unfinished: Error { var result: String }

  @Test("a training that gets no better stops, and leaves the weights of its best step to the bit")
  func stops() throws {
    let data = dataset(values())
    let stopped = try train(settings(), data).report
    let validation = try #require(stopped.validation)
    #expect(validation.stoppedEarly)
    #expect(stopped.steps < 300 && stopped.steps == validation.bestStep + 3 * 10)
    // The same training without validation, as many steps long.
    var short = settings()
    short.validationShare = 0
    short.fullSteps = validation.bestStep
    let best = try train(short, data).report
    #expect(best.validation == nil && best.steps == validation.bestStep)
    #expect(best.digest == stopped.digest)
    // One that goes on to the end for its patience comes back to its best step too.
    var patient = settings()
    patient.validationPatience = 1000
    let whole = try train(patient, data).report
    let last = try #require(whole.validation)
    #expect(whole.steps == 300 && !last.stoppedEarly && last.bestLoss <= validation.bestLoss)
    patient.validationShare = 0
    #expect(try train(patient, data).report.digest != whole.digest)
    // What is worse by less than the tolerance is kept for what it has seen.
    var tolerant = settings()
    tolerant.constants.validationTolerance = 0.1
    let later = try train(tolerant, data).report
    let kept = try #require(later.validation)
    #expect(kept.bestStep > validation.bestStep && kept.bestLoss > validation.bestLoss)
    #expect(kept.bestLoss <= 1.1 * validation.bestLoss)
  }

  @Test("what judges is later than what validates and changes neither weights nor best step")
  func later() throws {
    let series = values()
    let report = try report(series, changedFrom: 0, to: 0)
    let judged = Self.steps - Self.part
    #expect(report.trainedThrough == SeriesStream.time(judged - 1))
    #expect(report.evaluatedFrom == SeriesStream.time(judged))
    let otherJudges = try self.report(series, changedFrom: judged, to: Self.steps)
    #expect(otherJudges.digest == report.digest && otherJudges.validation == report.validation)
    #expect(otherJudges.challengerLoss != report.challengerLoss)
    let otherValidation = try self.report(series, changedFrom: judged - Self.part, to: judged)
    #expect(otherValidation.validation?.bestLoss != report.validation?.bestLoss)
  }

  private func report(
    _ series: [[Double]], changedFrom first: Int, to end: Int
  ) throws -> TrainingReport {
    var changed = series
    for row in changed.indices {
      for step in first..<end { changed[row][step] += 5 }
    }
    return try train(settings(), dataset(changed)).report
  }

  @Test("short histories, online trainings and gaps are trained on without validation")
  func without() throws {
    let short = try train(settings(), dataset(values().map { Array($0.prefix(200)) }))
    #expect(short.report.validation == nil && short.report.isFull && short.report.adopted)
    #expect(short.report.trainedThrough == SeriesStream.time(200 - Self.part - 1))
    let first = try train(settings(), dataset(values()))
    let online = try train(settings(), dataset(values()), from: first.challenger).report
    #expect(!online.isFull && online.validation == nil)
    #expect(online.trainedThrough == SeriesStream.time(Self.steps - 2 * Self.part - 1))
    var gap = values()
    for row in gap.indices {
      for step in Self.steps - 2 * Self.part..<Self.steps - Self.part { gap[row][step] = .nan }
    }
    let blind = try train(settings(), dataset(gap)).report
    #expect(blind.validation == nil && blind.steps == 300)
  }
}
