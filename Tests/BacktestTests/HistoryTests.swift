import Backtest
import TestSupport
import Testing
import TimeSeries

@Suite("A history")
struct HistoryTests {
  private struct Case: Sendable {
    var file: String
    var text: String
    /// By name.
    var series: [String: [Double]]
    var missing = 0
    var unusable = 0
  }

  private static let cases = [
    // A wide table; its first column is the time, whatever it is called.
    Case(
      file: "wide.csv", text: "When,a,b\n2020-01-01,1,2\n2020-01-02,3,4\n",
      series: ["a": [1, 3], "b": [2, 4]]),
    // Header names in any case, in any order; quoted fields; what is empty or NaN is missing.
    Case(
      file: "quoted.csv",
      text: "\"A\",TIME,b\n\"1.5\",\"2020-01-01T00:00:00Z\",NaN\n,1577923200,7\n",
      series: ["A": [1.5], "b": [7]], missing: 2),
    // A long one.
    Case(
      file: "long.csv",
      text: "Series,Time,Value\nx,1577836800,1\ny,1577836800,2\nx,1577840400,\nx,1577844000,3\n",
      series: ["x": [1, 3], "y": [2]], missing: 1),
    // One series, called like its file.
    Case(
      file: "load.csv", text: "Timestamp,Value,Label\n1577836800,1,0\n1577840400,2,1\n",
      series: ["load": [1, 2]]),
    // JSON lines; a line that is none is counted.
    Case(
      file: "lines.jsonl",
      text: """
        {"series":"p","timestamp":1577836800,"value":1}
        {"series":"p","timestamp":1577840400,"value":
        {"series":"p","timestamp":1577844000,"value":2.5}

        """, series: ["p": [1, 2.5]], unusable: 1),
  ]

  @Test("a history is read from tables and from lines", arguments: cases.indices)
  func reads(_ index: Int) throws {
    let expected = Self.cases[index]
    let directory = try TemporaryDirectory()
    let history = try History(paths: [try directory.write(expected.file, expected.text)])
    let found = Dictionary(uniqueKeysWithValues: history.series.map { ($0.name, $0.values) })
    #expect(found == expected.series)
    #expect(history.missingValueCount == expected.missing)
    #expect(history.unusableCount == expected.unusable)
  }

  @Test(
    "a mark in a history is a row, a time or a share",
    arguments: [
      ("11520", HistoryMark.row(11_520)), ("20%", .share(0.2)), ("12.5%", .share(0.125)),
      ("2017-10-24", .time(1_508_803_200_000)), ("2017-10-24T01:00:00Z", .time(1_508_806_800_000)),
    ])
  func marks(_ text: String, _ mark: HistoryMark) {
    #expect(HistoryMark(text) == mark)
    #expect(HistoryMark("\(mark)") == mark)
  }

  @Test(
    "a mark that is no row, time or share is refused",
    arguments: ["", "-1", "120%", "%", "soon", "2017-13-01"])
  func noMarks(_ text: String) { #expect(HistoryMark(text) == nil) }

  @Test("series of different lengths, one a row, are each forecast once, from their end")
  func rowsAreSeries() throws {
    let directory = try TemporaryDirectory()
    let rows = SampleHistory.rows(300, series: 2)
    // The second series is half as long as the first.
    func line(_ name: String, _ values: ArraySlice<Double>) -> String {
      ([name] + values.map { "\($0)" }).joined(separator: ",")
    }
    let first = rows.map { $0[0] }
    let second = rows.map { $0[1] }
    let train = try directory.write(
      "train.csv",
      "V1,V2\n\(line("\"H1\"", first[..<294]))\n\(line("H2", second[150..<294])),,,\n")
    let test = try directory.write(
      "test.csv", "V1,V2\n\(line("H2", second[294...]))\n\(line("H1", first[294...]))\n")
    let interval: Milliseconds = 3_600_000
    let history = try History(train: train, test: test, interval: interval)
    #expect(history.testLength == 6)
    var options = SampleHistory.options()
    options.interval = interval
    options.from = .time(History.untimedEnd(interval))
    options.every = 6
    _ = try BacktestRun(history, options, outputDirectory: directory.path + "/out").run()
    let table = try directory.read("out/forecasts.csv").split(separator: "\n").dropFirst()
    let wanted =
      (1...6).map { "H1,293,\($0),\(293 + $0),\(first[293 + $0])" }
      + (1...6).map { "H2,143,\($0),\(143 + $0),\(second[293 + $0])" }
    #expect(
      table.map {
        $0.split(separator: ",", omittingEmptySubsequences: false).prefix(5).joined(separator: ",")
      } == wanted)
  }

  @Test("a series without test values is an error that names it")
  func missingTest() throws {
    let directory = try TemporaryDirectory()
    let train = try directory.write("train.csv", "V1,V2\nH1,1,2\nH2,3,4\n")
    let test = try directory.write("test.csv", "V1,V2\nH1,5,6\n")
    #expect {
      try History(train: train, test: test, interval: 3_600_000)
    } throws: { "\($0)".contains("'H2'") }
  }

  @Test("times that are centuries apart are refused and not filled with rows")
  func wildTimes() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write(
      "wild.csv", "time,a\n0,1\n1,2\n2,3\n4102444800,4\n")
    #expect {
      try BacktestRun(History(paths: [file]), SampleHistory.options(from: 2))
    } throws: { "\($0)".contains("--interval") }
  }
}
