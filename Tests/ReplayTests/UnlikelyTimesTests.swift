import Detection
import Forecasting
import MetricFormats
import Pipeline
import Replay
import TestSupport
import Testing
import TimeSeries

@Suite("A replay of times that can hardly be meant")
struct UnlikelyTimesTests {
  private static let start = 1_700_006_400

  private func replay(
    _ text: String, in directory: TemporaryDirectory, format: String, configured: Bool = true
  ) throws -> ReplayReport {
    try directory.write("in.lines", text)
    let stream = StreamSettings(
      name: "all", patterns: [try SeriesPattern("cpu*")],
      alignment: AlignmentSettings(interval: 10_000), model: ModelSettings(interval: 10_000),
      training: TrainingSettings(), retraining: nil, anomalies: AnomalySettings())
    return try ReplayRun(
      paths: [directory.path + "/in.lines"], content: .lines,
      configuration: configured ? PipelineSettings(streams: [stream]) : nil,
      lineFormat: try InputFormat(name: format), outputDirectory: directory.path + "/out"
    ).run()
  }

  /// - Parameter unit: what a second is multiplied by.
  private func lines(_ measurement: String, unit: Int, count: Int = 600) -> String {
    (0..<count).map {
      "\(measurement),host=h1 usage=\(50 + $0 % 4) \((Self.start + 10 * $0) * unit)\n"
    }.joined()
  }

  @Test("a series whose points are all in one bucket is named, with the unit as the likely reason")
  func stuckClock() throws {
    for configured in [true, false] {
      let directory = try TemporaryDirectory()
      let report = try replay(
        lines("cpu", unit: 1), in: directory, format: "influx", configured: configured)
      #expect(report.points == 600 && report.steps == 0)
      let text = report.text()
      #expect(text.contains("notice: all 600 points of cpu.usage,host=h1 are in one bucket"))
      #expect(text.contains("begin before 1990, at 1970-01-01T00:00:01"))
      #expect(text.contains("timestamp_unit"))
      #expect(try directory.read("out/report.json").contains("is timestamp_unit right?"))
    }
  }

  @Test("the right unit, few points, and series of no stream are no reason for a notice")
  func unremarkable() throws {
    for text in [
      lines("cpu", unit: 1_000_000_000),
      lines("cpu", unit: 1_000_000_000, count: 1), lines("other", unit: 1),
    ] {
      let directory = try TemporaryDirectory()
      let report = try replay(text, in: directory, format: "influx")
      #expect(report.timeNotices.isEmpty, "\(report.timeNotices)")
      #expect(try !directory.read("out/report.json").contains("notices"))
    }
  }

  @Test("times of an odd unit that are read as those of 1975 are named, once for all series")
  func oddUnit() throws {
    let text = (0..<60).map { step in
      ["a", "b"].map { host in
        #"{"fields":{"v":\#(step % 5)},"name":"cpu","tags":{"host":"\#(host)"},"#
          + "\"timestamp\":\((Self.start + 10 * step) * 100)}\n"
      }.joined()
    }.joined()
    let report = try replay(
      text, in: try TemporaryDirectory(), format: "telegraf_json", configured: false)
    #expect(report.steps > 50)
    #expect(
      report.timeNotices == [
        "the times of cpu.v,host=a (and of 1 more series) begin before 1990, at "
          + "1975-05-22T14:24:00Z: if they are newer, set timestamp_unit"
      ])
  }
}
