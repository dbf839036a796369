import Backtest
import Replay
import TestSupport
import Testing
import TimeSeries

@Suite("A backtest")
struct BacktestRunTests {
  /// The rows of `forecasts.csv`, without its header.
  private func forecasts(
    _ table: String, _ options: BacktestOptions, in directory: TemporaryDirectory
  ) throws -> [Substring] {
    let file = try directory.write("history.csv", table)
    let history = try History(paths: [file])
    _ = try BacktestRun(history, options, outputDirectory: directory.path + "/out").run()
    #expect(try directory.contents("out").contains { $0.hasSuffix(".part") } == false)
    return try directory.read("out/forecasts.csv").split(separator: "\n").dropFirst().map { $0 }
  }

  private func origin(_ row: Substring) throws -> Int {
    try #require(Int(row.split(separator: ",", omittingEmptySubsequences: false)[1]))
  }

  @Test("a backtest forecasts from every origin whose horizon ends in time, and from no other")
  func everyOrigin() throws {
    let directory = try TemporaryDirectory()
    var options = SampleHistory.options()
    options.to = .row(300)
    let rows = try forecasts(SampleHistory.table(SampleHistory.rows(310)), options, in: directory)
    var wanted: [String] = []
    for origin in stride(from: 239, to: 300 - 6, by: 5) {
      for series in 0..<3 {
        for step in 1...6 { wanted.append("series\(series),\(origin),\(step)") }
      }
    }
    #expect(rows.map { $0.split(separator: ",").prefix(3).joined(separator: ",") } == wanted)
  }

  @Test("a backtest writes the actual value beside each forecast, and nothing where it is missing")
  func actuals() throws {
    let directory = try TemporaryDirectory()
    var values = SampleHistory.rows(300)
    values[245][1] = .nan
    let rows = try forecasts(
      SampleHistory.table(values), SampleHistory.options(), in: directory)
    var compared = 0
    for row in rows {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false)
      let target = try #require(Int(fields[1])) + (try #require(Int(fields[2])))
      let series = try #require(Int(fields[0].dropFirst("series".count)))
      let actual = values[target][series]
      #expect(actual.isNaN ? fields[4].isEmpty : Double(fields[4]) == actual)
      let levels = fields.dropFirst(5).compactMap { Double($0) }
      #expect(levels.count == 11 && levels == levels.sorted())
      compared += 1
    }
    #expect(compared == rows.count && compared > 100)
  }

  @Test("a backtest's forecasts are the same bytes where the history is cut off after them")
  func noLookAhead() throws {
    let directory = try TemporaryDirectory()
    let values = SampleHistory.rows(340)
    let whole = try forecasts(
      SampleHistory.table(values), SampleHistory.options(), in: directory)
    for cut in [250, 281, 282, 317] {
      let part = try forecasts(
        SampleHistory.table(Array(values[..<cut])), SampleHistory.options(), in: directory)
      #expect(try part == whole.filter { try origin($0) + 6 < cut }, "cut at row \(cut)")
      #expect(!part.isEmpty)
    }
  }

  @Test("a backtest takes rows without times, numbered or not, as an index without a calendar")
  func index() throws {
    let directory = try TemporaryDirectory()
    let values = SampleHistory.rows(330)
    func lines(_ first: (Int) -> String?) -> String {
      values.enumerated().map { row, values in
        ([first(row)].compactMap { $0 } + values.map { "\($0)" }).joined(separator: ",") + "\n"
      }.joined()
    }
    let tables = [
      "row,series0,series1,series2\n" + lines { "\($0 + 1)" },
      "series0,series1,series2\n" + lines { _ in nil },
    ]
    var counts: [Int] = []
    for (first, table) in zip([1, 0], tables) {
      let rows = try forecasts(table, SampleHistory.options(), in: directory)
      let report = try directory.read("out/report.json")
      #expect(report.filter { !$0.isWhitespace }.contains(#""time":"index""#))
      for row in rows {
        let fields = row.split(separator: ",", omittingEmptySubsequences: false)
        let step = try #require(Int(fields[2]))
        let target = try origin(row) + step
        #expect(Int(fields[3]) == target + first)
      }
      counts.append(rows.count)
    }
    #expect(counts[0] == counts[1] && counts[0] > 100)
    let file = try directory.write("history.csv", tables[0])
    for change in [
      { (options: inout BacktestOptions) in options.from = .time(1_600_000_000_000) },
      { $0.interval = 3_600_000 },
    ] {
      var options = SampleHistory.options()
      change(&options)
      #expect(throws: BacktestError.self) { try BacktestRun(History(paths: [file]), options) }
    }
  }

  @Test("a backtest finds the seasons of a history where none are given")
  func foundSeasons() throws {
    let directory = try TemporaryDirectory()
    var options = SampleHistory.options()
    options.seasons = .found
    let rows = SampleHistory.rows(400)
    let file = try directory.write("history.csv", SampleHistory.table(rows))
    let report = try BacktestRun(try History(paths: [file]), options).run()
    let baselines = report.overall.baselines.map(\.name)
    #expect(baselines.contains("seasonal_naive"))
    #expect(report.seasons == [[8]])
    // A guess that is wrong, a day and a week, gives way to it; what is given does not.
    options.seasons = nil
    #expect(try BacktestRun(try History(paths: [file]), options).run().seasons == [[8]])
    options.seasons = .steps([24])
    #expect(try BacktestRun(try History(paths: [file]), options).run().seasons == [[24]])
  }

  @Test("a backtest gives the same bytes again, with any number of threads")
  func repeatable() throws {
    let directory = try TemporaryDirectory()
    // Two streams: hours and minutes.
    try directory.write("history/hours.csv", SampleHistory.table(SampleHistory.rows(290)))
    let start = SampleHistory.start
    let minutes = SampleHistory.rows(290, series: 1).enumerated().map {
      "\(start + Milliseconds($0) * 60_000),\($1[0])\n"
    }
    try directory.write("history/minutes.csv", "timestamp,value\n" + minutes.joined())
    let history = try History(paths: [directory.path + "/history"])
    var tables: [String] = []
    for threads in [1, 2, 2] {
      var options = SampleHistory.options()
      options.threads = threads
      _ = try BacktestRun(history, options, outputDirectory: directory.path + "/out").run()
      tables.append(try directory.read("out/forecasts.csv"))
    }
    #expect(tables[0] == tables[1])
    #expect(tables[1] == tables[2])
    #expect(tables[0].contains("\nminutes,"))
    #expect(tables[0].contains("\nseries2,"))
    var other = SampleHistory.options()
    other.seed = 2
    _ = try BacktestRun(history, other, outputDirectory: directory.path + "/out").run()
    #expect(try directory.read("out/forecasts.csv") != tables[0])
  }

  @Test("a backtest from the first row on forecasts before there is history to train on")
  func fromNothing() throws {
    let directory = try TemporaryDirectory()
    var options = SampleHistory.options(from: 2)
    options.every = 1
    let rows = try forecasts(
      SampleHistory.table(SampleHistory.rows(60)), options, in: directory)
    // Origins 1…53, of which the second point's is the first that can be forecast.
    #expect(rows.count == 53 * 3 * 6)
    #expect(try rows.first.map(origin) == 1)
  }

  @Test("a backtest whose first horizon ends after the history is refused")
  func nothing() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(
      "history.csv", SampleHistory.table(SampleHistory.rows(50)))
    let history = try History(paths: [file])
    #expect(throws: BacktestError.self) {
      try BacktestRun(history, SampleHistory.options(from: 48))
    }
  }
}
