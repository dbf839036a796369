import Detection
import Forecasting
import MetricFormats
import Pipeline
import Replay
import TestSupport
import Testing
import TimeSeries

/// Values that one sender gets wrong, through the whole worker: what is published stays usable.
@Suite("A replay of doubtful values")
struct DoubtedInputTests {
  private let directory: TemporaryDirectory
  private static let interval: Milliseconds = 300_000
  private static let start: Milliseconds = 1_700_006_400_000

  init() throws { directory = try TemporaryDirectory() }

  private struct Outcome {
    let report: ReplayReport
    /// By the number of the step after which they were made.
    var forecasts: [Int: ForecastRecord] = [:]
    /// The numbers of the steps with which incidents open.
    var anomalies: [Int] = []

    /// Mean width of the 80 % interval over the horizon.
    func width(after step: Int) throws -> Double {
      let forecast = try #require(forecasts[step])
      let levels = forecast.quantiles.count
      let low = try #require(forecast.quantiles.firstIndex(of: 0.1))
      let high = try #require(forecast.quantiles.firstIndex(of: 0.9))
      var sum = 0.0
      for first in stride(from: 0, to: forecast.values.count, by: levels) {
        sum += forecast.values[first + high] - forecast.values[first + low]
      }
      return sum / Double(forecast.values.count / levels)
    }

    func meanWidth(_ steps: Range<Int>) throws -> Double {
      try steps.reduce(0) { try $0 + width(after: $1) } / Double(steps.count)
    }
  }

  private func replay(_ values: [Double], season: Int? = nil, trains: Bool = false) throws
    -> Outcome
  {
    var text = "time,load\n"
    for (step, value) in values.enumerated() {
      text += "\((Self.start + Int64(step) * Self.interval) / 1000),\(value)\n"
    }
    try directory.write("in.csv", text)
    var model = ModelSettings(
      interval: Self.interval, window: 96, seasons: season.map { [$0] } ?? [], horizon: 12,
      quantiles: ForecastLevels.standard, hiddenSize: 8)
    model.nonNegative = false
    var training = TrainingSettings()
    training.minimumHistory = 128
    training.fullSteps = 100
    training.onlineSteps = 4
    let stream = StreamSettings(
      name: "all", patterns: [try SeriesPattern("*")],
      alignment: AlignmentSettings(interval: Self.interval), model: model, training: training,
      retraining: trains ? try Schedule(every: 200 * Self.interval) : nil,
      anomalies: AnomalySettings())
    let report = try ReplayRun(
      paths: [directory.path + "/in.csv"], configuration: PipelineSettings(streams: [stream]),
      outputDirectory: directory.path + "/out"
    ).run()
    var outcome = Outcome(report: report)
    for line in try directory.read("out/forecasts.jsonl").split(separator: "\n") {
      let record = try Array(line.utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
      outcome.forecasts[step(record.time)] = record
    }
    for line in try directory.read("out/anomalies.jsonl").split(separator: "\n") {
      let record = try Array(line.utf8).withUnsafeBytes { try AnomalyRecord.decode($0) }
      if record.1.event == .open { outcome.anomalies.append(step(record.1.time)) }
    }
    return outcome
  }

  /// The number of the step whose bucket ends at a time.
  private func step(_ time: Milliseconds) -> Int { Int((time - Self.start) / Self.interval) - 1 }

  @Test(
    "after one corrupt reading widths are what they were, and later anomalies are found",
    arguments: [true, false])
  func corruptReading(trains: Bool) throws {
    let season = 48
    var random = RandomSource(seed: 11)
    var values = (0..<3_000).map { step -> Double in
      let place = step % season
      let wave = Double(place < 24 ? place : season - place) / 24
      return 200 + 30 * wave + 2 * random.gaussian()
    }
    values[1_500] = 4_294_967_295
    let planted = [2_000, 2_401, 2_802]
    for step in planted { values[step] = 380 }
    let outcome = try replay(values, season: season, trains: trains)
    let before = try outcome.meanWidth(1_300..<1_500)
    let odd = try (1_500..<2_000).filter { step in
      !(0.3 * before...2.5 * before).contains(try outcome.width(after: step))
    }
    #expect(odd.isEmpty, "widths after \(odd)")
    #expect(try outcome.meanWidth(1_550..<1_600) < 1.2 * before)
    #expect(try outcome.meanWidth(1_500..<1_700) > 0.7 * before)
    #expect(outcome.anomalies.contains(1_500))
    for step in planted { #expect(outcome.anomalies.contains(step), "missed \(step)") }
    #expect(outcome.anomalies.count <= 4 + 2, "\(outcome.anomalies)")
  }

  @Test("a spike in a flat series is one anomaly, and what follows is forecast as before")
  func flatThenSpike() throws {
    var values = [Double](repeating: 120, count: 600)
    values[400] = 300
    let outcome = try replay(values)
    #expect(outcome.anomalies == [400])
    for step in 401..<598 {
      let forecast = try #require(outcome.forecasts[step])
      #expect(forecast.values.allSatisfy { abs($0 - 120) < 1e-6 }, "after \(step)")
    }
  }

  @Test("zeros are forecast as zeros a season after a spike, and never by an untrained network")
  func zerosAndSeason() throws {
    var values = [Double](repeating: 0, count: 700)
    values[300] = 5_000
    let outcome = try replay(values, season: 96)
    #expect(outcome.anomalies == [300])
    for step in 1..<699 {
      let forecast = try #require(outcome.forecasts[step])
      #expect(forecast.forecaster != "network", "after \(step)")
      if step > 302 {
        #expect(forecast.values.allSatisfy { $0 == 0 }, "after \(step)")
      }
    }
  }

  @Test("an untrained network is silent though the season has no value at a phase")
  func unknownPhase() throws {
    var random = RandomSource(seed: 12)
    var values = (0..<500).map { 10 + 5 * Double($0 % 48 / 24) + 0.1 * random.gaussian() }
    for step in [300, 348, 396] { values[step] = 90 }
    let outcome = try replay(values, season: 48)
    for step in 1..<499 {
      #expect(try #require(outcome.forecasts[step]).forecaster != "network", "after \(step)")
    }
  }

  @Test("a stream of constants is not trained, and one report says why")
  func alwaysTheSame() throws {
    let outcome = try replay([Double](repeating: 7.5, count: 1_200), trains: true)
    #expect(outcome.report.retrainings.map(\.skipped) == ["constant"])
    #expect(outcome.report.retrainings.allSatisfy { $0.stepCount == 0 && !$0.isAdopted })
    #expect(try directory.read("out/reports.jsonl").contains(#""skipped":"constant""#))
    #expect(outcome.report.text().contains("every series had one value only"))
  }

  @Test("a stream that begins to vary is trained after all")
  func variesLater() throws {
    var random = RandomSource(seed: 13)
    let values = (0..<1_600).map { $0 < 600 ? 7.5 : 7.5 + random.gaussian() }
    let reports = try replay(values, trains: true).report.retrainings
    #expect(reports.first?.skipped == "constant")
    #expect(reports.filter { $0.skipped != nil }.count == 1)
    #expect(reports.contains { $0.stepCount > 0 })
  }

  @Test("a level that changes by a factor of a thousand is followed as fast as Holt–Winters does")
  func newLevel() throws {
    var random = RandomSource(seed: 14)
    let values = (0..<900).map { step in
      (step < 600 ? 1 : 1_000) * (10 + random.gaussian())
    }
    let outcome = try replay(values)
    for step in 616..<899 {
      let forecast = try #require(outcome.forecasts[step])
      let median = try #require(forecast.quantiles.firstIndex(of: 0.5))
      #expect((5_000...15_000).contains(forecast.values[median]), "after \(step)")
    }
  }

  @Test("a corrupt first reading is forgotten")
  func corruptBeginning() throws {
    var random = RandomSource(seed: 15)
    let good = (0..<400).map { _ in 50 + random.gaussian() }
    let outcome = try replay([0x1p64] + good)
    let odd = try (20..<400).filter { !(0.5...15).contains(try outcome.width(after: $0)) }
    #expect(odd.isEmpty, "widths after \(odd)")
  }

  @Test("variations of one part in a million million are forecast and judged as such")
  func tinyVariation() throws {
    var random = RandomSource(seed: 16)
    var values = (0..<1_500).map { _ in 1e12 + random.gaussian() }
    values[1_200] = 1e12 + 40
    let outcome = try replay(values)
    #expect(outcome.anomalies.contains(1_200))
    #expect(outcome.anomalies.count <= 2, "\(outcome.anomalies)")
    for step in 300..<1_499 {
      let forecast = try #require(outcome.forecasts[step])
      #expect(forecast.values.allSatisfy { abs($0 - 1e12) < 50 })
    }
  }
}
