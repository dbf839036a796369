import Calibration
import TestSupport
import Testing
import TimeSeries

@Suite("Calibration")
struct CalibrationTests {
  /// A network whose spread is wrong by a factor, on normal noise of deviation 1 about zero.
  private func run(
    _ settings: CalibrationSettings, spread: Double, bias: Double = 0, steps: Int = 4_000,
    noise: (Int) -> Double = { _ in 1 }
  ) -> CalibratedSeries {
    var random = RandomSource(seed: 11)
    var series = CalibratedSeries(settings)
    for step in 0..<steps {
      series.step(random.gaussian() * noise(step)) {
        $0.normal(centre: bias, spread: spread)
      }
    }
    return series
  }

  @Test(
    "intervals of a network whose spread is wrong come to cover what they say",
    arguments: [0.05, 0.3, 1, 4])
  func misspecified(spread: Double) {
    let series = run(.alone, spread: spread)
    #expect(abs(series.coverage(0.1, 0.9, from: 1_600) - 0.8) < 0.02)
    #expect(abs(series.coverage(0.025, 0.975, from: 1_600) - 0.95) < 0.015)
    #expect(series.isOrderedAndFinite)
    guard spread != 1 else { return }
    let raw = run(.off, spread: spread)
    #expect(abs(raw.coverage(0.1, 0.9, from: 1_600) - 0.8) > 0.15)
  }

  @Test("a bias of the network's levels is taken out, and the intervals become narrow again")
  func bias() {
    let series = run(.alone, spread: 1, bias: 2, steps: 8_000)
    let raw = run(.off, spread: 1, bias: 2, steps: 8_000)
    #expect(raw.coverage(0.1, 0.9, from: 6_000) < 0.3)
    #expect(abs(series.coverage(0.1, 0.9, from: 6_000) - 0.8) < 0.02)
    // Half of the values are above the median of the last forecasts.
    #expect(abs(series.coverage(0.025, 0.5, from: 6_000) - 0.475) < 0.06)
  }

  @Test("coverage comes back within a few horizons after the noise grew six times")
  func shift() {
    let series = run(.alone, spread: 1) { $0 < 2_000 ? 1 : 6 }
    #expect(series.coverage(0.1, 0.9, from: 2_200, to: 2_400) > 0.7)
    #expect(abs(series.coverage(0.1, 0.9, from: 2_400) - 0.8) < 0.025)
    let raw = run(.off, spread: 1) { $0 < 2_000 ? 1 : 6 }
    #expect(raw.coverage(0.1, 0.9, from: 2_120) < 0.25)
  }

  @Test("a constant series that begins to move is not widened out of all proportion")
  func beginsToMove() throws {
    var random = RandomSource(seed: 12)
    var series = CalibratedSeries(.alone)
    for step in 0..<2_400 {
      // The first values that move meet intervals of a constant series' width.
      let unit = step <= 1_000 ? 1e-12 : 1
      series.step(step < 1_000 ? 5 : 5 + random.gaussian(), unit: unit, deviation: unit, mean: 5) {
        $0.normal(centre: 5, spread: unit)
      }
    }
    let levels = series.levels.count
    let widths = series.forecasts.filter { $0.origin >= 1_000 }.map {
      $0.values[levels - 1] - $0.values[0]
    }
    #expect(try #require(widths.max()) < 200)
    #expect(abs(series.coverage(0.1, 0.9, from: 1_800) - 0.8) < 0.04)
  }

  @Test("coverage holds while the noise drifts up and down")
  func drift() {
    let noise: (Int) -> Double = { step in
      let place = step % 1_000
      return 1 + 3 * Double(place < 500 ? place : 1_000 - place) / 500
    }
    let series = run(.alone, spread: 1, steps: 6_000, noise: noise)
    #expect(abs(series.coverage(0.1, 0.9, from: 1_000) - 0.8) < 0.025)
    #expect(abs(series.coverage(0.025, 0.975, from: 1_000) - 0.95) < 0.02)
    #expect(run(.off, spread: 1, steps: 6_000, noise: noise).coverage(0.1, 0.9, from: 1_000) < 0.6)
  }

  @Test("whatever the network says, levels ascend and stay above zero where they must")
  func order() {
    var random = RandomSource(seed: 5)
    var series = CalibratedSeries(CalibrationSettings(), season: 6, isNonNegative: true)
    for _ in 0..<1_500 {
      let wild = (0..<series.horizon).flatMap { _ in
        (0..<series.levels.count).map { _ in random.student(degrees: 1) * 10 }.sorted()
      }
      series.step(max(0, random.gaussian() * 5)) { _ in wild }
    }
    #expect(series.isOrderedAndFinite)
    #expect(series.forecasts.allSatisfy { $0.values.allSatisfy { $0 >= 0 } })
  }

  @Test("levels that make no interval are shifted all the same")
  func unpaired() {
    var random = RandomSource(seed: 8)
    var series = CalibratedSeries(.alone, levels: [0.2, 0.5, 0.95])
    for _ in 0..<16_000 {
      series.step(random.gaussian()) { $0.normal(centre: 1, spread: 0.5) }
    }
    #expect(abs(series.coverage(0.2, 0.95, from: 10_000) - 0.75) < 0.03)
    #expect(series.isOrderedAndFinite)
  }
}
