import Testing
import TimeSeries

@Suite("Baselines and accuracy")
struct AccuracyTests {
  @Test("seasonal naive repeats the last season, naive the last value")
  func baselines() {
    let history = [9.0, 1, 2, 3]
    #expect(
      Baseline.seasonalNaive(history: history, season: 3, horizon: 7) == [1, 2, 3, 1, 2, 3, 1])
    #expect(Baseline.naive(history: history, horizon: 2) == [3, 3])
    let short = Baseline.seasonalNaive(history: [5], season: 3, horizon: 3)
    #expect(short[0].isNaN && short[1].isNaN && short[2] == 5)
    #expect(Baseline.naive(history: [], horizon: 1)[0].isNaN)
  }

  @Test("measures agree with values worked out by hand, and missing values do not count")
  func measures() {
    let actual = [1.0, 2, .nan, 4]
    #expect(ForecastError.meanAbsolute(actual: actual, forecast: [2, 2, 9, 0]) == 5.0 / 3)
    #expect(ForecastError.meanAbsolute(actual: [.nan], forecast: [1]).isNaN)
    // Naive errors on the history: 1, 2, 3; mean 2.
    #expect(
      ForecastError.meanAbsoluteScaled(
        actual: [10], forecast: [13], history: [0, 1, 3, 6], season: 1) == 1.5)
    #expect(ForecastError.pinball(actual: 10, forecast: 8, quantile: 0.75) == 1.5)
    #expect(ForecastError.pinball(actual: 8, forecast: 10, quantile: 0.75) == 0.5)
    // Losses 0.5 and 0.5 of size 10 (median), 0.9 and 0.1: 2·1/20 and 2·1/20.
    let loss = ForecastError.meanWeightedQuantileLoss(
      actual: [10, 10], forecasts: [[9, 11], [9, 11]], quantiles: [0.5, 0.9])
    #expect(abs(loss - 0.1) < 1e-12)
    #expect(
      ForecastError.coverage(actual: actual, low: [0, 3, 0, 4], high: [1, 9, 1, 4]) == 2.0 / 3)
  }

  @Test("a tracker's sums are those of settling every forecast it followed")
  func tracker() throws {
    for seed in UInt64(1)...50 {
      var random = RandomSource(seed: seed)
      let season = Int.random(in: 1...7, using: &random)
      let horizon = Int.random(in: 1...12, using: &random)
      let count = 300
      let values = (0..<count).map { _ in random.chance(0.1) ? .nan : random.gaussian() }
      let medians = (0..<count).map { _ in (0..<horizon).map { _ in random.gaussian() } }
      var tracker = AccuracyTracker(interval: 10, season: season, horizon: horizon)
      var median = Array(repeating: (sum: 0.0, count: 0), count: horizon)
      var naive = median
      var covered = median
      var free = 0
      for now in 0..<count {
        // Two in ten masked steps do not come at all, as in a dormant series.
        if values[now].isNaN, now % 5 == 0 { continue }
        tracker.observe(Step(row: 0, time: Int64(now) * 10, value: values[now]))
        tracker.issue(
          origin: Int64(now) * 10, medians: medians[now], lows: medians[now].map { $0 - 1 },
          highs: medians[now].map { $0 + 1 })
        guard now >= free else { continue }
        let history = Array(values[...now])
        let baseline = Baseline.seasonalNaive(history: history, season: season, horizon: horizon)
        for step in 0..<horizon where now + step + 1 < count {
          let actual = values[now + step + 1]
          if actual.isNaN { continue }
          covered[step].count += 1
          covered[step].sum += abs(actual - medians[now][step]) <= 1 ? 1 : 0
          if baseline[step].isNaN { continue }
          median[step].sum += abs(actual - medians[now][step])
          median[step].count += 1
          naive[step].sum += abs(actual - baseline[step])
          naive[step].count += 1
        }
        // In flight until the last step of the horizon has come.
        free = now + horizon
        while free < count, values[free].isNaN, free % 5 == 0 { free += 1 }
      }
      for step in 0..<horizon {
        let tracked = tracker.steps[step]
        try #require(tracked.median.count == median[step].count, "seed \(seed)")
        try #require(tracked.coverage.count == covered[step].count, "seed \(seed)")
        guard median[step].count > 0 else { continue }
        let count = Double(median[step].count)
        try #require(abs(tracked.median.mean - median[step].sum / count) < 1e-9)
        try #require(abs(tracked.seasonalNaive.mean - naive[step].sum / count) < 1e-9)
        let share = covered[step].sum / Double(covered[step].count)
        try #require(abs(tracked.coverage.mean - share) < 1e-9)
      }
      #expect(tracker.total.median.count == median.reduce(0) { $0 + $1.count })
    }
  }
}
