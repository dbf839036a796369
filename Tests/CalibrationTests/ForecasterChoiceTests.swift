import Calibration
import TestSupport
import Testing
import TimeSeries

@Suite("Who forecasts")
struct ForecasterChoiceTests {
  /// Daily wave of 24 steps, and what only the network knows: a pattern that no season has.
  private func truth(_ step: Int, secret: Double) -> Double {
    let place = step % 24
    return Double(place < 12 ? place : 24 - place) + secret * Double((step * 3) % 5 - 2)
  }

  /// A network that knows the truth up to an error.
  private func forecast(error: Double, secret: Double) -> (CalibratedSeries) -> [Double] {
    { series in
      (0..<series.horizon).flatMap { ahead -> [Double] in
        let centre = self.truth(series.history.count + ahead, secret: secret) + error
        return series.normal(centre: centre, spread: 0.5).prefix(series.levels.count).map { $0 }
      }
    }
  }

  private func run(
    steps: Int, settings: CalibrationSettings = CalibrationSettings(), isTrained: (Int) -> Bool,
    secret: Double = 0, error: (Int) -> Double
  ) -> CalibratedSeries {
    var random = RandomSource(seed: 3)
    var series = CalibratedSeries(settings, horizon: 12, season: 24)
    for step in 0..<steps {
      series.step(
        truth(step, secret: secret) + 0.5 * random.gaussian(), isTrained: isTrained(step),
        deviation: 3.5, mean: 6,
        network: forecast(error: error(step), secret: secret))
    }
    return series
  }

  @Test("the first forecast comes with the second value, from a baseline, and is finite")
  func first() throws {
    let series = run(steps: 40, isTrained: { _ in true }, error: { _ in 0 })
    let first = try #require(series.forecasts.first)
    #expect(first.origin == 1)
    #expect(first.forecaster == .baseline(.naive))
    #expect(series.isOrderedAndFinite)
    // From the second season on, a season that was configured is used.
    #expect(series.forecasts.last?.forecaster != .baseline(.naive))
  }

  @Test("an untrained network makes no forecast, however good it is")
  func untrained() {
    let series = run(steps: 600, isTrained: { _ in false }, error: { _ in 0 })
    #expect(series.share(from: 0) { $0 == .network } == 0)
    let forecasters = Set(series.forecasts.filter { $0.origin > 300 }.map(\.forecaster.number))
    #expect(!forecasters.contains(Forecaster.baseline(.naive).number), "\(forecasters)")
  }

  @Test("the network is computed only where it forecasts or is compared with the baselines")
  func asked() {
    let unused = run(steps: 600, isTrained: { _ in false }, error: { _ in 0 })
    // An origin is tracked for a horizon of 12, then one is left out.
    #expect((599 / 14...599 / 12).contains(unused.networkCount), "\(unused.networkCount)")
    let used = run(steps: 600, isTrained: { _ in true }, secret: 0.5, error: { _ in 0 })
    let made = used.forecasts.count { $0.forecaster == .network }
    #expect(made > 400 && used.networkCount >= made && used.networkCount < made + 60)
    #expect(unused.isOrderedAndFinite && used.isOrderedAndFinite)
  }

  @Test("a network that is better than every baseline forecasts once its series is not young")
  func better() {
    let series = run(steps: 1_500, isTrained: { $0 > 100 }, secret: 0.5, error: { _ in 0 })
    #expect(series.share(from: 600) { $0 == .network } > 0.95)
  }

  @Test(
    "a network forecasts from its first training on, though the untrained one's forecast is tracked"
  )
  func firstTraining() {
    // At every phase of a tracked forecast of twelve steps and the origin that is left out after it.
    for trained in 300..<313 {
      let series = run(steps: trained + 5, isTrained: { $0 >= trained }, error: { _ in 0 })
      #expect(series.share(from: trained) { $0 == .network } == 1, "trained at \(trained)")
      #expect(series.forecasts.contains { $0.origin == trained })
    }
  }

  @Test("a trained network whose quantiles promise a loss above the best baseline's waits")
  func promise() {
    var random = RandomSource(seed: 3)
    var series = CalibratedSeries(CalibrationSettings(), horizon: 12, season: 24)
    for step in 0..<320 {
      series.step(
        truth(step, secret: 0) + 0.5 * random.gaussian(), isTrained: step >= 300, deviation: 3.5,
        mean: 6
      ) { series in
        (0..<series.horizon).flatMap { ahead in
          series.normal(centre: self.truth(series.history.count + ahead, secret: 0), spread: 4)
            .prefix(series.levels.count)
        }
      }
    }
    #expect(series.share(from: 300) { $0 == .network } == 0)
  }

  @Test("a network that became worse is replaced, and comes back when it is good again")
  func recovery() {
    var settings = CalibrationSettings()
    settings.memory = 10
    settings.shiftRate = 0.01
    let series = run(
      steps: 6_000, settings: settings, isTrained: { _ in true }, secret: 0.5,
      error: { (1_000..<2_000).contains($0) ? 8 : 0 })
    let bad = series.forecasts.filter { (1_200..<2_000).contains($0.origin) }
    #expect(bad.allSatisfy { $0.forecaster != .network })
    #expect(series.share(from: 4_800) { $0 == .network } > 0.9)
    // Without the safety net the interval would have to be as wide as the error.
    let late = series.forecasts.first { $0.origin == 1_900 }?.values ?? []
    #expect(late.count == 12 * 11 && late[10] - late[0] < 6)
  }

  @Test("of two forecasters that are equally good one keeps forecasting")
  func hysteresis() {
    let series = run(
      steps: 6_000, isTrained: { _ in true }, error: { $0 % 24 < 12 ? 0.2 : -0.2 })
    var changes = 0
    for (one, next) in zip(series.forecasts, series.forecasts.dropFirst())
    where one.origin > 600 && one.forecaster != next.forecaster { changes += 1 }
    #expect(changes <= 6)
  }

  @Test("without baselines the network makes every forecast, trained or not")
  func switches() {
    let alone = run(steps: 300, settings: .alone, isTrained: { _ in false }, error: { _ in 5 })
    #expect(alone.share(from: 0) { $0 == .network } == 1)
  }

  @Test(
    "constant, zero-inflated, binary and huge series have finite forecasts in order",
    arguments: [
      (1.0, "constant"), (1.0, "zero-inflated"), (1.0, "binary"), (1e12, "noise"), (1e300, "noise"),
      (1e-300, "noise"), (0, "constant"),
    ])
  func degenerate(scale: Double, kind: String) {
    var random = RandomSource(seed: 21)
    var series = CalibratedSeries(
      CalibrationSettings(), horizon: 12, season: 24, isNonNegative: true)
    for step in 0..<600 {
      let value: Double =
        switch kind {
        case "constant": scale
        case "zero-inflated": random.chance(0.05) ? 40 * random.uniform() : 0.0
        case "binary": random.chance(0.3) ? 1.0 : 0.0
        default: scale * (1 + 0.1 * random.uniform())
        }
      let unit = kind == "constant" ? 1e-14 * scale + 1e-30 : max(0.1 * scale, 1e-300)
      series.step(
        random.chance(0.02) ? .nan : value, isTrained: step > 300, unit: unit, deviation: unit,
        mean: scale
      ) { $0.normal(centre: scale, spread: unit) }
    }
    #expect(series.isOrderedAndFinite)
    #expect(series.forecasts.allSatisfy { $0.values.allSatisfy { $0 >= 0 } })
    if kind == "constant" {
      let last = series.forecasts.last?.values ?? []
      #expect(last.allSatisfy { abs($0 - scale) <= 1e-9 * scale + 1e-20 })
    }
  }
}
