import Detection
import Glibc
import TestSupport
import Testing
import TimeSeries

/// Measured rates on synthetic errors; docs/measurements.md has the figures that this prints.
@Suite("Anomaly scores, measured")
struct AnomalyRateTests {
  static let noises: [String: @Sendable (inout RandomSource) -> Double] = [
    "Gaussian": { $0.gaussian() },
    "Laplace": { $0.laplace() },
    "Student t, 5 degrees": { $0.student(degrees: 5) },
    "Student t, 3 degrees": { $0.student(degrees: 3) },
    "skewed (log-normal)": { exp(0.7 * $0.gaussian()) - 1 },
  ]

  @Test(
    "false alarms are within a factor of 3 of one in 10,000 steps", arguments: noises.keys.sorted())
  func falseAlarms(name: String) throws {
    let noise = try #require(Self.noises[name])
    var alarms = 0
    let stepCount = 50_000
    for series in 0..<20 {
      var random = RandomSource(seed: UInt64(series) + 1)
      var trial = AnomalyTrial()
      for _ in 0..<stepCount {
        // A season that is forecast perfectly, so that only the noise is left.
        let expected = 100 * sin(Double(trial.step) / 20)
        if trial.take(expected + noise(&random), expecting: expected).isReported { alarms += 1 }
      }
    }
    let rate = Double(alarms) / Double(20 * stepCount)
    print("anomalies: \(name): \(rate * 1e4) alarms in 10,000 steps")
    #expect(rate > 1e-4 / 3 && rate < 3e-4)
  }

  @Test("a season in the noise's size is no source of false alarms where the spread follows it")
  func seasonalSpread() {
    var alarms = 0
    for series in 0..<20 {
      var random = RandomSource(seed: UInt64(series) + 101)
      var trial = AnomalyTrial()
      for _ in 0..<50_000 {
        let spread = 1 + 0.9 * sin(Double(trial.step) / 20)
        let verdict = trial.take(spread * random.gaussian(), expecting: 0, spread: spread)
        if verdict.isReported { alarms += 1 }
      }
    }
    let rate = Double(alarms) / 1e6
    print("anomalies: seasonal spread: \(rate * 1e4) alarms in 10,000 steps")
    #expect(rate > 1e-4 / 3 && rate < 3e-4)
  }

  @Test(
    "a spike of 8 standard deviations is flagged at once, more than 95 in 100 times once learnt",
    arguments: [(200, 650), (500, 800), (1500, 950), (5000, 950)])
  func spikes(history: Int, least: Int) {
    let found = detected(history: history, size: 8, within: 1, steps: 1)
    print("anomalies: 8-sigma spike after \(history) steps: \(found) of 1000")
    #expect(found > least)
  }

  @Test(
    "a shift of 3 standard deviations is mostly flagged within 5 steps", arguments: [500, 5000])
  func shifts(history: Int) {
    let found = detected(history: history, size: 3, within: 5, steps: 5)
    print("anomalies: 3-sigma shift after \(history) steps, within 5: \(found) of 1000")
    #expect(found > 700)
  }

  @Test(
    "false alarms in the first 1,000 steps are within a factor of 10",
    arguments: noises.keys.sorted()
  )
  func earlyAlarms(name: String) throws {
    let noise = try #require(Self.noises[name])
    let rate = alarmRate(series: 1000, steps: 1000) { random, _ in noise(&random) }
    print("anomalies: \(name), first 1,000 steps: \(rate * 1e4) alarms in 10,000 steps")
    #expect(rate > 1e-5 && rate < 1e-3)
  }

  @Test("errors that depend on their predecessor give no more than 3 times the false alarms")
  func autocorrelated() {
    for correlation in [0.3, 0.6] {
      let rate = alarmRate(series: 20, steps: 50_000) { random, last in
        correlation * last + (1 - correlation * correlation).squareRoot() * random.gaussian()
      }
      print("anomalies: errors correlated \(correlation): \(rate * 1e4) alarms in 10,000 steps")
      #expect(rate > 1e-4 / 3 && rate < 3e-4)
    }
  }

  /// Records a step, where every forecast is zero and an error is made from the last one.
  private func alarmRate(
    series: Int, steps: Int, error: (inout RandomSource, Double) -> Double
  ) -> Double {
    var alarms = 0
    for seed in 0..<series {
      var random = RandomSource(seed: UInt64(seed) + 1)
      var trial = AnomalyTrial()
      var last = 0.0
      for _ in 0..<steps {
        last = error(&random, last)
        if trial.take(last, expecting: 0).isReported { alarms += 1 }
      }
    }
    return Double(alarms) / Double(series * steps)
  }

  @Test("combining steps finds shifts that single steps do not")
  func smoothing() {
    var single = AnomalySettings()
    single.smoothingSteps = 1
    let alone = detected(history: 2000, size: 3, within: 5, steps: 5, settings: single)
    let combined = detected(history: 2000, size: 3, within: 5, steps: 5)
    print("anomalies: 3-sigma shift within 5: \(alone) of 1000 alone, \(combined) combined")
    #expect(combined > 2 * alone)
  }

  private func detected(
    history: Int, size: Double, within: Int, steps: Int,
    settings: AnomalySettings = AnomalySettings()
  ) -> Int {
    var found = 0
    for seed in UInt64(1)...1000 {
      var random = RandomSource(seed: seed)
      var trial = AnomalyTrial(settings)
      for _ in 0..<history { _ = trial.take(random.gaussian(), expecting: 0) }
      var isFound = false
      for _ in 0..<within {
        if trial.take(size + random.gaussian(), expecting: 0).isAnomalous { isFound = true }
      }
      if isFound { found += 1 }
    }
    return found
  }
}

/// One series with a forecast for every step.
struct AnomalyTrial {
  var table: AnomalyTable
  var step = 0

  init(_ settings: AnomalySettings = AnomalySettings()) {
    table = AnomalyTable(settings: settings)
    table.appendRow()
  }

  mutating func take(
    _ value: Double, expecting median: Double, spread: Double = 1, flags: Step.Flags = []
  ) -> AnomalyVerdict {
    step += 1
    let time = Milliseconds(step) * 60_000
    table.expect(
      row: 0, time: time, median: median, low: median - spread, high: median + spread,
      spread: spread)
    return table.score(Step(row: 0, time: time, value: value, flags: flags))
  }
}
