import Detection
import Forecasting
import MetricFormats
import Pipeline
import Replay
import TestSupport
import Testing
import TimeSeries

@Suite("Streams for files nobody has configured")
struct StreamGuessTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func streams() throws -> [StreamSettings] {
    try StreamGuess.streams(
      files: try ReplayFile.find([directory.path]), lineFormat: try InputFormat(name: "auto"))
  }

  private func writeSeries(_ name: String, seconds: Int, count: Int, jitter: Int = 0) throws {
    var text = "time,value\n"
    for row in 0..<count {
      text += "\(1_500_000_000 + row * seconds + (row % 3) * jitter),\(row)\n"
    }
    try directory.write(name + ".csv", text)
  }

  /// Seconds from point to point, points, the stream, and its seasons in steps.
  static let cases: [(Int, Int, String, [Int])] = [
    (1, 3 * 3600 + 60, "every-1s", [3600]),
    (1, 1000, "every-1s", []),
    (10, 5000, "every-10s", [360]),
    (60, 3000, "every-1m", [1440]),
    (60, 2000, "every-1m", []),
    (300, 700, "every-5m", [288]),
    (3600, 400, "every-1h", [24, 168]),
    (3600, 200, "every-1h", [24]),
    (3600, 30, "every-1h", []),
    (86400, 100, "every-1d", [7]),
    // Not round: the nearest that is.
    (11, 5000, "every-10s", [360]),
    (3500, 400, "every-1h", [24, 168]),
  ]

  @Test("the interval is the median difference made round; seasons come twice", arguments: cases)
  func intervalAndSeasons(seconds: Int, count: Int, name: String, seasons: [Int]) throws {
    try writeSeries("a", seconds: seconds, count: count)
    let streams = try streams()
    #expect(streams.map(\.name) == [name])
    #expect(streams.map(\.model.seasons) == [seasons])
    for stream in streams {
      try stream.model.validate()
      try stream.training.validate()
      try stream.alignment.validate()
    }
  }

  @Test("jitter does not move the interval")
  func jitter() throws {
    try writeSeries("a", seconds: 60, count: 500, jitter: 4)
    #expect(try streams().map(\.name) == ["every-1m"])
  }

  @Test("each series matches the stream of its interval first, unknown ones the largest group's")
  func grouping() throws {
    try writeSeries("minute{1},a=b*", seconds: 60, count: 50)
    try writeSeries("hour", seconds: 3600, count: 50)
    try writeSeries("hour2", seconds: 3600, count: 50)
    var lines = ""
    for row in 0..<30 {
      lines += "cpu;host=fast \(row) \(1_500_000_000 + row * 10)\n"
      if row % 6 == 0 { lines += "cpu;host=slow \(row) \(1_500_000_000 + row * 10)\n" }
    }
    try directory.write("x.graphite", lines)
    let streams = try streams()
    #expect(Set(streams.map(\.name)) == ["every-10s", "every-1m", "every-1h"])
    #expect(streams.last?.name == "every-1h")

    func stream(of key: SeriesKey) -> String? {
      streams.first { $0.patterns.contains { $0.matches(key) } }?.name
    }
    #expect(stream(of: SeriesKey(name: "minute{1},a=b*", labels: [])) == "every-1m")
    #expect(stream(of: SeriesKey(name: "hour", labels: [])) == "every-1h")
    #expect(stream(of: SeriesKey(name: "never seen", labels: [])) == "every-1h")
    for (host, name) in [("fast", "every-10s"), ("slow", "every-1m")] {
      let key = SeriesKey(name: "cpu", labels: [SeriesKey.Label(name: "host", value: host)])
      #expect(stream(of: key) == name)
    }
  }

  @Test("tables that only number their rows are one stream without a calendar")
  func index() throws {
    try directory.write("a.csv", "row,value\n" + (0..<300).map { "\($0),\($0 % 12)\n" }.joined())
    try directory.write("b.csv", "x,y\n" + (0..<90).map { "\($0 % 7),\($0 % 5)\n" }.joined())
    let stream = try #require(try streams().first)
    #expect(stream.alignment.timeIsIndex && stream.model.timeZone == nil && stream.findsSeasons)
    #expect(stream.alignment.interval == 1 && stream.model.interval == 1)
    let run = ReplayRun(paths: [directory.path], outputDirectory: directory.path + "/out")
    let report = try run.run()
    #expect(report.series.map(\.key) == ["a", "x", "y"])
    #expect(report.series.map(\.steps) == [300, 90, 90])
    #expect(report.drops.isEmpty)
    let first = try directory.read("out/forecasts.jsonl").split(separator: "\n")[0]
    #expect(first.contains("\"step\":1,") && first.contains("\"time\":2,"))
    #expect(throws: ReplayError.self) {
      try ReplayRun(paths: [directory.path], configuration: clock()).run()
    }
    try writeSeries("c", seconds: 60, count: 50)
    #expect {
      try ReplayRun(paths: [directory.path + "/a.csv", directory.path + "/c.csv"]).run()
    } throws: { "\($0)".contains("replay them separately") }
  }

  /// A configuration of real times.
  private func clock() throws -> PipelineSettings {
    PipelineSettings(streams: [
      StreamSettings(
        name: "minutes", patterns: [try SeriesPattern("*")],
        alignment: AlignmentSettings(interval: 60_000), model: ModelSettings(interval: 60_000),
        training: TrainingSettings(), retraining: nil, anomalies: AnomalySettings())
    ])
  }

  @Test("--season sets the seasons of every stream, also of those of a configuration")
  func seasonChoice() throws {
    try directory.write("s.csv", "row,value\n" + (0..<600).map { "\($0),\($0 % 12)\n" }.joined())
    for (choice, season) in [(SeasonChoice.steps([12]), 12), (.found, 1)] {
      let report = try ReplayRun(paths: [directory.path], seasons: choice).run()
      #expect(report.streams.map(\.naiveSeason) == [season])
      #expect(report.retrainings.contains { $0.isAdopted })
    }
    #expect(throws: ReplayError.self) {
      try ReplayRun(paths: [directory.path], seasons: .steps([3, 5, 7])).run()
    }
  }

  @Test("where seasons are to be found, the naive forecast beside has the usual one")
  func naiveSeason() throws {
    try writeSeries("h", seconds: 3_600, count: 400)
    for (choice, season) in [(SeasonChoice.steps([12]), 12), (.found, 24)] {
      let report = try ReplayRun(paths: [directory.path], seasons: choice).run()
      #expect(report.streams.map(\.naiveSeason) == [season])
    }
  }

  @Test("files without a series are an error")
  func nothing() throws {
    try directory.write("a.influx", "broken\n")
    #expect(throws: ReplayError.self) { try streams() }
  }
}
