import Calibration
import Forecasting
import TestSupport
import Testing
import TimeSeries

@Suite struct TrainerTests {
  private func stream(
    _ series: [[Double]], steps: Int, settings: ModelSettings, training: TrainingSettings
  ) -> SeriesStream {
    var stream = SeriesStream(
      count: series.count,
      model: ForecastModel.untrained(stream: "s", settings: settings, seed: 1),
      training: training)
    var workspace = ForecastingWorkspace(settings: settings)
    stream.feed(series, steps: 0..<steps, workspace: &workspace)
    return stream
  }

  @Test("one seed gives the same weights to the bit, full and online; another seed others")
  func deterministic() throws {
    let series = Synthetic.seasonal(count: 5, steps: 400, seed: 3)
    var training = TrainingSettings.quick
    training.fullSteps = 40
    training.onlineSteps = 4
    let settings = ModelSettings.small()
    let stream = stream(series, steps: 400, settings: settings, training: training)
    func digests(seed: UInt64) throws -> [String] {
      var trainer = Trainer(settings: training)
      let first = try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: seed)
      let second = try trainer.finish(
        first.challenger, stream.store.dataset(), version: 2, seed: seed)
      #expect(first.report.isFull && !second.report.isFull)
      return [first.report.digest, second.report.digest]
    }
    let digests1 = try digests(seed: 5)
    #expect(try digests(seed: 5) == digests1)
    #expect(try digests(seed: 6) != digests1)
    #expect(digests1[0] != digests1[1])
  }

  @Test("full and online trainings give the same weights to the bit with one, two and four threads")
  func anyThreads() throws {
    let series = Synthetic.seasonal(count: 9, steps: 400, seed: 3)
    var training = TrainingSettings.quick
    training.fullSteps = 30
    training.onlineSteps = 4
    training.onlineBatch = 11  // 4 + 4 + 3 series
    let stream = stream(series, steps: 400, settings: .small(), training: training)
    let digests = try [1, 2, 4].map { threads in
      training.threads = threads
      var trainer = Trainer(settings: training)
      let full = try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: 5)
      let online = try trainer.finish(full.challenger, stream.store.dataset(), version: 2, seed: 6)
      #expect(full.report.isFull && !online.report.isFull)
      return [full.report.digest, online.report.digest]
    }
    #expect(digests[1] == digests[0])
    #expect(digests[2] == digests[0])
    #expect(digests[0][0] != digests[0][1])
  }

  @Test("on noisy daily series the median beats seasonal naive and 80 % intervals cover 70…90 %")
  func learnsSeasons() throws {
    let series = Synthetic.seasonal(count: 12, steps: 900, seed: 21)
    let settings = ModelSettings.small()
    var stream = stream(series, steps: 700, settings: settings, training: .quick)
    var trainer = Trainer(settings: .quick)
    let result = try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: 2)
    #expect(result.report.adopted)
    let score = outOfSample(&stream, model: result.challenger, series: series, lag: 24)
    #expect(score.ratio < 0.85, "error is \(score.ratio) of seasonal naive's")
    #expect((0.7...0.9).contains(score.coverage), "coverage \(score.coverage)")
  }

  @Test("on autoregressive series without season the median beats the last value")
  func learnsRegression() throws {
    let series = Synthetic.autoregressive(count: 12, steps: 900, seed: 22)
    let settings = ModelSettings.small(seasons: [])
    var stream = stream(series, steps: 700, settings: settings, training: .quick)
    var trainer = Trainer(settings: .quick)
    let result = try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: 2)
    #expect(result.report.adopted)
    let score = outOfSample(&stream, model: result.challenger, series: series, lag: 0)
    #expect(score.ratio < 0.9, "error is \(score.ratio) of naive's")
    #expect((0.7...0.9).contains(score.coverage), "coverage \(score.coverage)")
  }

  /// Adopts the model and goes on to the end of the series, a forecast every third step.
  private func outOfSample(
    _ stream: inout SeriesStream, model: ForecastModel, series: [[Double]], lag: Int
  ) -> (ratio: Double, coverage: Double) {
    var workspace = ForecastingWorkspace(settings: model.settings)
    stream.model = model
    stream.states.rewarm(rows: 0..<series.count, model: model, workspace: &workspace)
    let horizon = model.settings.horizon
    var (error, naive, inside, count) = (0.0, 0.0, 0.0, 0.0)
    while stream.step + horizon + 3 <= series[0].count {
      stream.feed(series, steps: stream.step..<stream.step + 3, workspace: &workspace)
      let batch = stream.forecast(&workspace)
      let origin = stream.step - 1
      for row in series.indices {
        let scale = stream.origin(row).scale.deviation
        for step in 1...horizon {
          let actual = series[row][origin + step]
          let reference = series[row][lag == 0 ? origin : origin + step - lag]
          error += abs(actual - batch[row, step: step - 1, quantile: 2]) / scale
          naive += abs(actual - reference) / scale
          let low = batch[row, step: step - 1, quantile: 0]
          let high = batch[row, step: step - 1, quantile: 4]
          if low <= actual && actual <= high { inside += 1 }
          count += 1
        }
      }
    }
    return (error / naive, inside / count)
  }

  @Test("a challenger trained at a rate of 1 is refused, a good one after it adopted")
  func gate() throws {
    let series = Synthetic.seasonal(count: 8, steps: 520, seed: 31)
    var training = TrainingSettings.quick
    let settings = ModelSettings.small()
    let dataset = stream(series, steps: 500, settings: settings, training: training)
      .store.dataset()
    let stream = stream(series, steps: 520, settings: settings, training: training)
    let longer = stream.store.dataset()
    var good = Trainer(settings: training)
    let first = try good.finish(stream.model, dataset, version: 1, seed: 2)
    #expect(first.report.adopted)
    training.fullLearningRate = 1
    training.onlineLearningRate = 1
    for isFull in [true, false] {
      training.constants.fullTrainingGrowth = isFull ? 1.0001 : 2
      var bad = Trainer(settings: training)
      let worse = try bad.finish(first.challenger, isFull ? longer : dataset, version: 2, seed: 3)
      #expect(worse.report.isFull == isFull)
      #expect(!worse.report.adopted)
      let before = try #require(worse.report.championLoss)
      #expect((worse.report.challengerLoss ?? .infinity) > before)
    }
  }

  @Test("a margin refuses a challenger that is only a little better")
  func margin() throws {
    let series = Synthetic.seasonal(count: 4, steps: 400, seed: 33)
    var training = TrainingSettings.quick
    training.fullSteps = 60
    training.margin = 0.9
    let stream = stream(series, steps: 400, settings: .small(), training: training)
    var trainer = Trainer(settings: training)
    let result = try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: 2)
    let before = try #require(result.report.championLoss)
    let after = try #require(result.report.challengerLoss)
    #expect(after < before && !result.report.adopted)
  }

  @Test("everything scored is later than everything trained on; the report says what was done")
  func report() throws {
    let series = Synthetic.seasonal(count: 6, steps: 400, seed: 41)
    var training = TrainingSettings.quick
    training.fullSteps = 50
    let stream = stream(series, steps: 400, settings: .small(), training: training)
    var trainer = Trainer(settings: training)
    var ticks = 0.0
    var seen: [Int] = []
    let result = trainer.train(
      champion: stream.model, dataset: stream.store.dataset(), version: 7, seed: 2,
      seconds: {
        ticks += 1.5
        return ticks
      },
      progress: {
        seen.append($0.step)
        return true
      })
    guard case .finished(let outcome) = result else { throw TrainingFailure(result: "\(result)") }
    let report = outcome.report
    #expect(report.trainedThrough < report.evaluatedFrom)
    #expect(report.evaluatedFrom <= report.evaluatedThrough)
    #expect(report.evaluatedThrough == SeriesStream.time(399))
    #expect(outcome.challenger.trainedThrough == report.trainedThrough)
    #expect(report.championVersion == 0 && report.challengerVersion == 7)
    #expect(report.seconds == 1.5)
    #expect(report.steps == 50 && seen == Array(1...50))
    #expect(report.samples > 10_000 && report.evaluatedTargets > 500)
    #expect(report.gradientNormMax >= report.gradientNormMean && report.gradientNormMean > 0)
    #expect((0...1).contains(report.clippedShare))
    #expect(outcome.challenger.digest == report.digest)
  }

  @Test("what comes after the cut changes the verdict's losses but not the weights")
  func noLookAhead() throws {
    var series = Synthetic.seasonal(count: 6, steps: 400, seed: 43)
    var training = TrainingSettings.quick
    training.fullSteps = 30
    func train() throws -> TrainingReport {
      let stream = stream(series, steps: 400, settings: .small(), training: training)
      var trainer = Trainer(settings: training)
      return try trainer.finish(stream.model, stream.store.dataset(), version: 1, seed: 2).report
    }
    let before = try train()
    let cut = Int((before.trainedThrough - SeriesStream.start) / SeriesStream.hour)
    #expect((200..<390).contains(cut))
    for row in series.indices {
      for step in (cut + 1)..<400 { series[row][step] += 1000 }
    }
    let after = try train()
    #expect(after.digest == before.digest)
    #expect(after.championLoss != before.championLoss)
  }

  /// UTC, and a zone whose clocks are changed while the gate scores, and once before.
  private static func zones() throws -> [TimeZoneRules] {
    let rule = "STD-1SUM,J326/2,J335/3"
    return [.utc, try TimeZoneRules(name: "z", file: ZoneFile.bytes(standard: 3_600, rule: rule))]
  }

  @Test("the gate scores what the stream would have forecast", arguments: try zones())
  func gateEqualsStream(zone: TimeZoneRules) throws {
    var series = Synthetic.seasonal(count: 4, steps: 420, seed: 51)
    for step in 100..<130 { series[1][step] = .nan }
    series[2][300] = .nan
    series[3][380] = .nan
    var training = TrainingSettings.quick
    training.fullSteps = 1
    training.constants.burnIn = 4096
    var settings = ModelSettings.small(seasons: [24, 168])
    settings.timeZone = zone
    let whole = stream(series, steps: 420, settings: settings, training: training)
    var trainer = Trainer(settings: training)
    let report = try trainer.finish(whole.model, whole.store.dataset(), version: 1, seed: 2).report
    let cut = Int((report.trainedThrough - SeriesStream.start) / SeriesStream.hour)
    var live = stream(series, steps: cut, settings: settings, training: training)
    var workspace = ForecastingWorkspace(settings: settings)
    var (sum, count) = (0.0, 0)
    for origin in cut..<419 {
      live.feed(series, steps: origin..<origin + 1, workspace: &workspace)
      if origin % 2 == 1 { continue }
      let batch = live.forecast(&workspace)
      for row in series.indices {
        let unit = live.origin(row).scale.unit
        for step in 0..<min(12, 419 - origin) where series[row][origin + 1 + step].isFinite {
          for (q, level) in settings.quantiles.enumerated() {
            let error = series[row][origin + 1 + step] - batch[row, step: step, quantile: q]
            sum += max(level * error, (level - 1) * error) / unit
          }
          count += 1
        }
      }
    }
    #expect(count == report.evaluatedTargets)
    let streamed = sum / Double(count * settings.quantiles.count)
    let scored = try #require(report.championLoss)
    #expect(abs(streamed - scored) < 1e-5 * scored, "\(streamed) streamed, \(scored) scored")
  }

  @Test("too little history is said, and a cancelled training leaves nothing")
  func unfinished() {
    let series = Synthetic.seasonal(count: 2, steps: 300, seed: 61)
    let short = stream(series, steps: 150, settings: .small(), training: .quick)
    var trainer = Trainer(settings: .quick)
    if case .insufficientData = trainer.train(
      champion: short.model, dataset: short.store.dataset(), version: 1, seed: 1,
      seconds: { 0 })
    {
    } else {
      Issue.record("150 steps were enough")
    }
    let long = stream(series, steps: 300, settings: .small(), training: .quick)
    var steps = 0
    let result = trainer.train(
      champion: long.model, dataset: long.store.dataset(), version: 1, seed: 1,
      seconds: { 0 },
      progress: { _ in
        steps += 1
        return steps < 3
      })
    guard case .cancelled = result else {
      Issue.record("not cancelled")
      return
    }
    #expect(steps == 3)
  }

  @Test("constant series alone are not trained on")
  func nothingToLearn() {
    let series = Array(repeating: Array(repeating: 4.0, count: 300), count: 3)
    let stream = stream(series, steps: 300, settings: .small(), training: .quick)
    var trainer = Trainer(settings: .quick)
    let result = trainer.train(
      champion: stream.model, dataset: stream.store.dataset(), version: 1, seed: 1,
      seconds: { 0 })
    guard case .skipped(let report) = result else {
      Issue.record("trained on constants")
      return
    }
    #expect(report.skipped == .constant && !report.adopted && report.steps == 0)
    #expect(report.series == 3)
  }

  @Test("histories that doubled are trained on in full again, once")
  func growth() throws {
    let series = Synthetic.seasonal(count: 3, steps: 700, seed: 71)
    var training = TrainingSettings.quick
    training.fullSteps = 60
    training.fullEpochs = 1
    let settings = ModelSettings.small()
    var stream = stream(series, steps: 250, settings: settings, training: training)
    var trainer = Trainer(settings: training)
    var workspace = ForecastingWorkspace(settings: settings)
    var isFull: [Bool] = []
    for end in [250, 300, 650, 700] {
      stream.feed(series, steps: stream.step..<end, workspace: &workspace)
      let result = try trainer.finish(
        stream.model, stream.store.dataset(), version: isFull.count + 1, seed: 1)
      isFull.append(result.report.isFull)
      if result.report.adopted || isFull.count == 1 { stream.model = result.challenger }
    }
    #expect(isFull == [true, false, true, false])
  }
}
