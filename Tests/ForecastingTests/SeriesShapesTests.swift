import Forecasting
import Numerics
import Testing
import TimeSeries

/// Series that break careless scaling, before and after training on a mix of them all.
@Suite struct SeriesShapesTests {
  static let steps = 500
  static let names = [
    "constant", "zero", "zero-inflated", "binary", "huge", "tiny", "single spike", "level shift",
    "missing stretches", "huge after zero", "extreme", "steady growth",
  ]

  static func series() -> [[Double]] {
    var random = RandomGenerator(seed: 12)
    func make(_ value: (Int) -> Double) -> [Double] { (0..<steps).map(value) }
    return [
      make { _ in 42.125 },
      make { _ in 0 },
      make { _ in random.uniform() < 0.9 ? 0 : random.uniform(1, 9) },
      make { $0 % 24 < 8 ? 1 : 0 },
      make { _ in 1e12 + random.normal() },
      make { 1e-9 * (2 + Synthetic.sine(Double($0) / 24)) + 1e-10 * random.normal() },
      make { $0 == 350 ? 1000 : 3 },
      make { ($0 < 300 ? 10 : 1e5) + random.normal() },
      make { $0 % 90 > 40 ? .nan : 5 + Synthetic.sine(Double($0) / 24) },
      make { $0 < 60 ? 0 : 1e12 + random.normal() },
      make { $0 % 2 == 0 ? 1e300 : -1e300 },
      make { Double($0) * 1e6 + random.normal() },
    ]
  }

  @Test("no series makes a forecast that is not finite, ascending and in proportion")
  func sane() throws {
    let settings = ModelSettings.small(seasons: [24, 168])
    let series = Self.series()
    var training = TrainingSettings.quick
    training.fullSteps = 200
    var stream = SeriesStream(
      count: series.count,
      model: ForecastModel.untrained(stream: "s", settings: settings, seed: 1),
      training: training)
    var workspace = ForecastingWorkspace(settings: settings)
    for step in 0..<Self.steps {
      stream.feed(series, steps: step..<step + 1, workspace: &workspace)
      if step == 399 { try adopt(&stream, training, &workspace) }
      if step >= 2 { check(stream.forecast(&workspace), series, upTo: step) }
    }
    let last = stream.forecast(&workspace)
    // What each series does next, and by how much its median may miss that.
    expectClose(last, row: 0, within: 1e-6) { _ in 42.125 }
    expectClose(last, row: 1, within: 1e-6) { _ in 0 }
    expectClose(last, row: 3, within: 0.05) { $0 % 24 < 8 ? 1 : 0 }
    expectClose(last, row: 4, within: 10) { _ in 1e12 }
    expectClose(last, row: 5, within: 3e-10) { 1e-9 * (2 + Synthetic.sine(Double($0) / 24)) }
    expectClose(last, row: 6, within: 0.3) { _ in 3 }
    expectClose(last, row: 7, within: 1e4) { _ in 1e5 }
    expectClose(last, row: 8, within: 0.5) { 5 + Synthetic.sine(Double($0) / 24) }
    expectClose(last, row: 9, within: 2e10) { _ in 1e12 }
    expectClose(last, row: 11, within: 6e7) { Double($0) * 1e6 }
  }

  private func adopt(
    _ stream: inout SeriesStream, _ training: TrainingSettings,
    _ workspace: inout ForecastingWorkspace
  ) throws {
    var trainer = Trainer(settings: training)
    let outcome = try trainer.finish(stream.model, stream.store.dataset(), seed: 4)
    #expect(outcome.report.skippedSteps == 0)
    #expect(outcome.report.championLoss != nil && outcome.report.challengerLoss != nil)
    stream.model = outcome.challenger
    stream.states.rewarm(
      rows: 0..<stream.states.count, model: stream.model, workspace: &workspace)
  }

  private func check(_ batch: ForecastBatch, _ series: [[Double]], upTo step: Int) {
    for row in series.indices {
      let seen = series[row][...step].filter(\.isFinite)
      // What was seen, and as far again on both sides; 1e300 has no such room.
      guard let low = seen.min(), let high = seen.max() else { continue }
      let room = 3 * (high - low) + 1e-6 * abs(high) + 1e-6
      var isSane = true
      for h in 0..<batch.horizon {
        for q in 0..<batch.quantileCount {
          let value = batch[row, step: h, quantile: q]
          isSane = isSane && value.isFinite
          if q > 0 { isSane = isSane && value >= batch[row, step: h, quantile: q - 1] }
          if row != 10 { isSane = isSane && value > low - room && value < high + room }
        }
      }
      #expect(isSane, "\(Self.names[row]) at step \(step)")
      #expect(batch.spreads[row] > 0 && batch.spreads[row].isFinite)
    }
  }

  private func expectClose(
    _ batch: ForecastBatch, row: Int, within tolerance: Double, to truth: (Int) -> Double
  ) {
    for step in 0..<batch.horizon {
      let median = batch[row, step: step, quantile: 2]
      let value = truth(Self.steps + step)
      #expect(
        abs(median - value) <= tolerance, "\(Self.names[row]): \(median), not \(value), at \(step)")
    }
  }

  @Test("a stream that cannot go below zero is never forecast there")
  func nonNegative() {
    let series = [Self.series()[2]]
    for isNonNegative in [true, false] {
      let settings = ModelSettings.small(nonNegative: isNonNegative)
      var stream = SeriesStream(
        count: 1, model: ForecastModel.untrained(stream: "s", settings: settings, seed: 1))
      var workspace = ForecastingWorkspace(settings: settings)
      stream.feed(series, steps: 0..<Self.steps, workspace: &workspace)
      let lowest = stream.forecast(&workspace).values.min()
      #expect(((lowest ?? -1) < 0) == !isNonNegative)
    }
  }
}
