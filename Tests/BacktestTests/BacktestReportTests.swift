import Backtest
import Detection
import Forecasting
import FoundationEssentials
import Pipeline
import Replay
import TestSupport
import Testing
import TimeSeries

@Suite("A backtest's report")
struct BacktestReportTests {
  private struct Report: Decodable {
    struct Accuracy: Decodable {
      struct Baseline: Decodable {
        var mase: Double
        var lossRatio: Double
      }

      var targets: Int
      var mase: Double
      var mwql: Double
      var coverage80: Double
      var coverage95: Double
      var baselines: [String: Baseline]
    }

    struct Series: Decodable {
      var name: String
      var scale: Double
      var observedLevels: [Double]
    }

    struct Training: Decodable {
      var model: Int
      var adopted: Bool
      var trainedThrough: Int64
      var evaluatedFrom: Int64
    }

    struct Scales: Decodable {
      struct Series: Decodable { var scale: Double }

      var series: [Series]
    }

    var overall: Accuracy
    var series: [Series]
    var retrainings: [Training]
  }

  private struct Row {
    var series: Int
    var origin: Int
    var target: Int
    var actual: Double
    var quantiles: [Double]
  }

  private let values = SampleHistory.rows(420)

  private func run(_ directory: TemporaryDirectory) throws -> (Report, [Row]) {
    let file = try directory.write("history.csv", SampleHistory.table(values))
    let history = try History(paths: [file])
    _ = try BacktestRun(
      history, SampleHistory.options(), outputDirectory: directory.path + "/out"
    ).run()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(
      Report.self, from: Data(try directory.read("out/report.json").utf8))
    let rows = try directory.read("out/forecasts.csv").split(separator: "\n").dropFirst().map {
      let fields = $0.split(separator: ",", omittingEmptySubsequences: false)
      let origin = try #require(Int(fields[1]))
      return Row(
        series: try #require(Int(fields[0].dropFirst(6))), origin: origin,
        target: origin + (try #require(Int(fields[2]))),
        actual: try #require(Double(fields[4])),
        quantiles: fields.dropFirst(5).compactMap { Double($0) })
    }
    return (report, rows)
  }

  @Test("a backtest's report has the accuracy that its forecasts have beside the history")
  func accuracy() throws {
    let (report, rows) = try run(TemporaryDirectory())
    let scales = (0..<3).map { series in
      let differences = (8..<240).map { abs(values[$0][series] - values[$0 - 8][series]) }
      return differences.reduce(0, +) / Double(differences.count)
    }
    var errors = [0.0, 0.0, 0.0]
    var naive = [0.0, 0.0, 0.0]
    var counts = [0.0, 0.0, 0.0]
    var (loss, sum, inside80, inside95) = (0.0, 0.0, 0.0, 0.0)
    for row in rows {
      #expect(row.actual == values[row.target][row.series])
      errors[row.series] += abs(row.actual - row.quantiles[5])
      // The horizon is shorter than the season, so one season back is known.
      naive[row.series] += abs(row.actual - values[row.target - 8][row.series])
      counts[row.series] += 1
      for decile in 1...9 {
        let difference = row.actual - row.quantiles[decile]
        let share = Double(decile) / 10
        loss += 2 * max(share * difference, (share - 1) * difference) / 9
      }
      sum += abs(row.actual)
      inside80 += row.quantiles[1] <= row.actual && row.actual <= row.quantiles[9] ? 1 : 0
      inside95 += row.quantiles[0] <= row.actual && row.actual <= row.quantiles[10] ? 1 : 0
    }
    func scaled(_ errors: [Double]) -> Double {
      (0..<3).reduce(0) { $0 + errors[$1] / counts[$1] / scales[$1] } / 3
    }
    let count = Double(rows.count)
    #expect(report.overall.targets == rows.count)
    #expect(isNear(report.overall.mase, scaled(errors)))
    // The daemon keeps past seasons as Float32.
    let seasonal = try #require(report.overall.baselines["seasonal_naive"])
    #expect(abs(seasonal.mase / scaled(naive) - 1) < 1e-5, "\(seasonal.mase) \(scaled(naive))")
    #expect(isNear(report.overall.mwql, loss / sum))
    #expect(isNear(report.overall.coverage80, inside80 / count))
    #expect(isNear(report.overall.coverage95, inside95 / count))
    #expect(zip(report.series, scales).allSatisfy { isNear($0.scale, $1) })
    #expect(report.series.map(\.observedLevels.count) == [11, 11, 11])
  }

  @Test("errors are scaled by differences of the same local time")
  func scaleByTheClock() throws {
    let directory = try TemporaryDirectory()
    let berlin = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    // 2024-03-31T01:00:00Z is in the history of 240 rows.
    let start: Milliseconds = 1_711_846_800_000 - 120 * 3_600_000
    var table = "Time,series0\n"
    for row in 0..<300 {
      let time = start + Milliseconds(row) * 3_600_000
      let isHigh = (8..<18).contains(berlin.local(time) / 3_600_000 % 24)
      table += "\(time),\(Double(row) / 8 + (isHigh ? 100 : 0))\n"
    }
    let history = try History(paths: [directory.write("history.csv", table)])
    var options = SampleHistory.options()
    options.retrainEvery = 1_000
    options.seasons = .steps([24])
    let model = ModelSettings(
      interval: 3_600_000, window: 64, seasons: [24], horizon: 6, hiddenSize: 8, timeZone: berlin)
    options.configuration = PipelineSettings(streams: [
      StreamSettings(
        name: "office", patterns: [try SeriesPattern("*")],
        alignment: AlignmentSettings(interval: 3_600_000), model: model,
        training: TrainingSettings(), retraining: nil, anomalies: AnomalySettings())
    ])
    let out = directory.path + "/out"
    _ = try BacktestRun(history, options, outputDirectory: out).run()
    let report = try JSONDecoder().decode(
      Report.Scales.self, from: Data(try directory.read("out/report.json").utf8))
    // A day is 24 rows of an eighth, or 23 across the change.
    let scale = try #require(report.series.first?.scale)
    #expect(scale <= 3 && scale > 23.0 / 8, "\(scale)")
  }

  private func isNear(_ left: Double, _ right: Double) -> Bool {
    abs(left - right) <= 1e-9 * max(1, abs(right))
  }

  @Test("a backtest trains right before its first forecast, and judges on later data only")
  func trainings() throws {
    let (report, _) = try run(TemporaryDirectory())
    let first = try #require(report.retrainings.first)
    #expect(first.model == 1)
    #expect(report.retrainings.count > 2)
    for training in report.retrainings { #expect(training.trainedThrough < training.evaluatedFrom) }
    // Rows end an hour after they begin; rows up to 238 were closed when it was due.
    let end = SampleHistory.start + 239 * 3_600_000
    #expect(first.evaluatedFrom <= end)
    #expect(first.evaluatedFrom > end - 120 * 3_600_000)
  }

  @Test("a backtest's report is a page that loads nothing from elsewhere and escapes names")
  func page() throws {
    let directory = try TemporaryDirectory()
    let table = SampleHistory.table(
      SampleHistory.rows(290, series: 2), names: ["a<b>&c", "series1"])
    let file = try directory.write("history.csv", table)
    _ = try BacktestRun(
      History(paths: [file]), SampleHistory.options(), outputDirectory: directory.path + "/out"
    ).run()
    let page = try directory.read("out/report.html")
    #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
    #expect(page.contains("a&lt;b&gt;&amp;c"))
    for foreign in ["<b>", "<script", "http:", "https:", "src=", "@import", "url("] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
    for heading in [
      "Accuracy", "Calibration", "Forecasts", "Series", "Trainings", "Settings",
    ] { #expect(page.contains("<h2>\(heading)</h2>")) }
    #expect(page.contains("prefers-color-scheme: dark"))
  }
}
