import Backtest
import MetricFormats
import TestSupport
import Testing

@Suite("A backtest of times that can hardly be meant")
struct BacktestTimesTests {
  private static let start = 1_700_006_400

  @Test("where all points are in one bucket, the error says that the unit may be wrong")
  func stuckClock() throws {
    let directory = try TemporaryDirectory()
    let lines = (0..<600).map { "cpu,host=h1 usage=\(50 + $0 % 4) \(Self.start + 10 * $0)\n" }
    let file = try directory.write("in.influx", lines.joined())
    let history = try History(paths: [file], lineFormat: try InputFormat(name: "influx"))
    let error = #expect(throws: BacktestError.self) {
      try BacktestRun(history, BacktestOptions())
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("600 points of cpu.usage,host=h1 are in one bucket"), "\(text)")
    #expect(text.contains("is timestamp_unit right?"), "\(text)")
  }

  @Test("a history that begins before 1990 has a notice in the summary and in report.json")
  func old() throws {
    for (first, isOld) in [(164_000_000, true), (Self.start, false)] {
      let directory = try TemporaryDirectory()
      let rows = (0..<200).map { "\(first + 3600 * $0),\($0 % 7)\n" }
      let file = try directory.write("in.csv", "time,load\n" + rows.joined())
      var options = BacktestOptions()
      options.horizon = 3
      options.retrainEvery = 2_000
      let report = try BacktestRun(
        try History(paths: [file]), options, outputDirectory: directory.path + "/out"
      ).run()
      #expect(report.text().contains("notice: the times of load begin before 1990") == isOld)
      #expect(try directory.read("out/report.json").contains("begin before 1990") == isOld)
    }
  }
}
