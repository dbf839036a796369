import Detection
import Forecasting
import FoundationEssentials
import MetricFormats
import Pipeline
import Replay
import Scores
import TestSupport
import Testing
import TimeSeries

@Suite("A replay from files to files")
struct ReplayRunTests {
  private let directory: TemporaryDirectory
  private static let outputs = [
    "anomalies.jsonl", "dead-letters.jsonl", "forecasts.jsonl", "report.json", "reports.jsonl",
  ]

  init() throws { directory = try TemporaryDirectory() }

  /// Hourly series with a daily season: a CSV file each for two, lines for one, with bad rows.
  private func writeData(hours: Int) throws {
    var lines = ""
    for (number, name) in ["north", "south"].enumerated() {
      var text = "Timestamp,Value,Label\n"
      for hour in 0..<hours {
        let time = 1_600_002_000 + hour * 3600
        let value = wave(hour, number)
        text +=
          hour == 200
          ? "\(time),oops,0\n" : hour % 50 == 49 ? "\(time),,0\n" : "\(time),\(value),0\n"
        if number == 0 { lines += "load,host=a value=\(wave(hour, 5)) \(time)000000000\n" }
        if number == 0, hour == 100 { lines += "garbage\n" }
      }
      try directory.write("in/\(name).csv", text)
    }
    try directory.write("in/load.influx", lines)
  }

  private func wave(_ hour: Int, _ number: Int) -> Double {
    let phase = Double((hour + 7 * number) % 24)
    let noise = Double((hour * 7919 + number * 104_729) % 101) / 101
    return (phase < 12 ? phase : 24 - phase) * Double(number + 1) + noise + Double(number) * 10
  }

  private func settings() throws -> PipelineSettings {
    let model = ModelSettings(
      interval: 3_600_000, window: 64, seasons: [24], horizon: 6, quantiles: [0.1, 0.5, 0.9],
      hiddenSize: 8)
    var training = TrainingSettings()
    training.minimumHistory = 96
    training.fullSteps = 20
    training.onlineSteps = 4
    return PipelineSettings(streams: [
      StreamSettings(
        name: "hourly", patterns: [try SeriesPattern("*")],
        alignment: AlignmentSettings(interval: 3_600_000), model: model, training: training,
        retraining: try Schedule(every: 100 * 3_600_000), anomalies: AnomalySettings())
    ])
  }

  private func replay(
    to output: String, messagesMaximum: Int = 2048, seed: UInt64 = 3
  ) throws -> ReplayReport {
    var limits = BatchLimits()
    limits.messagesMaximum = messagesMaximum
    return try ReplayRun(
      paths: [directory.path + "/in"], configuration: try settings(),
      outputDirectory: directory.path + "/" + output, seed: seed, limits: limits
    ).run()
  }

  @Test("one seed gives the same bytes whatever the batches hold")
  func batchLimits() throws {
    try writeData(hours: 420)
    let whole = try replay(to: "whole")
    #expect(try directory.contents("whole") == Self.outputs)
    #expect(whole.retrainings.count >= 2)
    #expect(whole.retrainings.contains { $0.isAdopted })
    for limit in [1, 7] {
      _ = try replay(to: "\(limit)", messagesMaximum: limit)
      for file in Self.outputs {
        let same = try directory.read("\(limit)/\(file)") == directory.read("whole/\(file)")
        #expect(same, "\(file) with batches of \(limit)")
      }
    }
    _ = try replay(to: "seed", seed: 4)
    #expect(try directory.read("seed/forecasts.jsonl") != directory.read("whole/forecasts.jsonl"))
  }

  @Test("the seasonal naive forecast follows the clock of the stream's time zone")
  func naiveByTheClock() throws {
    let berlin = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    // Ten days about 2024-03-31T01:00:00Z, and about 2024-10-27T01:00:00Z.
    for change: Milliseconds in [1_711_846_800_000, 1_729_990_800_000] {
      var text = "time,value\n"
      for step in -120...120 {
        let time = change + Milliseconds(step) * 3_600_000
        text +=
          "\(time / 1_000),\((8..<18).contains(berlin.local(time) / 3_600_000 % 24) ? 9 : 5)\n"
      }
      try directory.write("clock/\(change).csv", text)
      var errors: [Double] = []
      for zone in [berlin, .utc] {
        var settings = try settings()
        settings.streams[0].model.timeZone = zone
        settings.streams[0].retraining = nil
        let report = try ReplayRun(
          paths: [directory.path + "/clock/\(change).csv"], configuration: settings
        ).run()
        errors.append(report.series[0].score.naive.mean)
      }
      #expect(errors[0] == 0 && errors[1] > 0, "\(errors)")
    }
  }

  @Test("one forecast a series and step, every bad line a dead letter with its place")
  func records() throws {
    try writeData(hours: 300)
    var progress: [ReplayProgress] = []
    let run = ReplayRun(
      paths: [directory.path + "/in"], configuration: try settings(),
      outputDirectory: directory.path + "/out")
    let report = try run.run { progress.append($0) }
    #expect(progress.last.map { $0.bytes == $0.totalBytes } == true)

    var seen: Set<String> = []
    var count = 0
    for line in try directory.read("out/forecasts.jsonl").split(separator: "\n") {
      let record = try Array(line.utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
      seen.insert("\(record.series.key)@\(record.time)")
      count += 1
    }
    // The last bucket of a series is still open, and the first step has nothing to go on.
    #expect(count == seen.count)
    #expect(count == report.forecastRecords)
    #expect((3 * 298...3 * 299).contains(count))

    let letters = try directory.read("out/dead-letters.jsonl").split(separator: "\n")
    #expect(letters.count == 3)
    #expect(letters.contains { $0.contains("load.influx\"") && $0.contains("\"line\":102,") })
    #expect(letters.contains { $0.contains("north.csv\"") && $0.contains("\"line\":202,") })
    #expect(letters.contains { $0.contains("south.csv\"") && $0.contains("\"line\":202,") })
    #expect(report.drops == ["malformed": 3])
  }

  @Test("the report's errors and coverage are those of the published forecasts")
  func scores() throws {
    try writeData(hours: 300)
    let report = try replay(to: "out")
    var reference: [String: (count: Int, error: Double, naive: Double, covered: Int, all: Int)] =
      [:]
    let start: Milliseconds = 1_600_002_000_000
    let hour: Milliseconds = 3_600_000
    let numbers = ["north": 0, "south": 1, "load,host=a": 5]
    /// The value of the bucket that ends there.
    func value(_ key: String, _ end: Milliseconds) -> Double? {
      let index = Int((end - start) / hour) - 1
      guard (0..<299).contains(index), let number = numbers[key] else { return nil }
      if number != 5, index % 50 == 49 || index == 200 { return nil }
      return wave(index, number)
    }
    for line in try directory.read("out/forecasts.jsonl").split(separator: "\n") {
      let record = try Array(line.utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
      let key = record.series.key
      let origin = Int((record.time - start) / hour) - 1
      for step in 0..<6 {
        let end = record.time + Milliseconds(step + 1) * hour
        // After a fifth of 299 steps; the report leaves out blocks of 4.
        guard origin >= 60, let actual = value(key, end) else { continue }
        let values = record.values[3 * step..<3 * step + 3]
        var sums = reference[key] ?? (0, 0, 0, 0, 0)
        sums.all += 1
        if values[3 * step] <= actual, actual <= values[3 * step + 2] { sums.covered += 1 }
        if let naive = value(key, end - 24 * hour) {
          sums.count += 1
          sums.error += abs(actual - values[3 * step + 1])
          sums.naive += abs(actual - naive)
        }
        reference[key] = sums
      }
    }
    #expect(report.series.map(\.key) == ["load,host=a", "north", "south"])
    for series in report.series {
      let sums = try #require(reference[series.key])
      let count = Double(sums.count)
      #expect(series.score.count == sums.count)
      #expect(abs(series.score.naive.mean / (sums.naive / count) - 1) < 1e-9)
      // Published numbers are rounded to a hundredth of the forecast's spread.
      #expect(abs(series.score.median.mean / (sums.error / count) - 1) < 0.01)
      #expect(abs(series.score.coverage.share - Double(sums.covered) / Double(sums.all)) < 0.02)
    }
    #expect(report.text().contains("median forecast better than seasonal naive"))
  }

  @Test("a file that cannot be replayed leaves no finished output")
  func failure() throws {
    try directory.write("in/ok.csv", "time,value\n1,1\n")
    try directory.write("in/raw.csv", "1,2\n3,4\n")
    #expect(throws: ReplayError.self) { try replay(to: "out") }
    #expect(!FileManager.default.fileExists(atPath: directory.path + "/out/forecasts.jsonl"))
  }

  @Test("lines are read as the format says")
  func lineFormat() throws {
    let path = try directory.write("in/x.txt", #"{"t":1600002000,"m":"cpu","v":4}"# + "\n")
    func run(_ name: String) throws -> ReplayReport {
      try ReplayRun(
        paths: [path], configuration: try settings(), lineFormat: try InputFormat(name: name)
      ).run()
    }
    #expect(try run("influx").drops == ["malformed": 1])
    #expect(try run("json").drops == ["not_a_metric": 1])
  }
}
