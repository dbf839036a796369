import Configuration
import Forecasting
import Glibc
import Pipeline
import TestSupport
import Testing
import TimeSeries
import YAMLCoding

/// From a configuration's text over training to forecasts, for each alternative of the network.
@Suite struct ModelAlternativesTests {
  static let hour: Milliseconds = 3_600_000

  static let alternatives = [
    "{hidden: 16}",
    "{hidden: 16, cell: gru}",
    "{hidden: 12, layers: 3, dropout: 0.2}",
    "{hidden: 16, layers: 2, normalization: layer}",
    "{hidden: 16, normalization: batch}",
    "{hidden: 16, attention: 6}",
    "{hidden: 16, head: linear}",
    "{hidden: 16, loss: student_t}",
    "{hidden: 16, loss: squared}",
    "{hidden: 16, fixed_window: 32}",
    "{hidden: 16, layers: 2, cell: gru, dropout: 0.1, normalization: batch, attention: 4, "
      + "loss: student_t, fixed_window: 24}",
  ]

  @Test(
    "each alternative of the network trains, gets better, forecasts, and survives its file",
    arguments: alternatives)
  func alternative(_ model: String) throws {
    try expectLearning(
      """
            model: \(model)
            training: {full_steps: 80, full_batch: 4, chunk: 48, history_minimum: 64}
      """)
  }

  @Test("the guide's model in docs/models.md trains and gets better")
  func guide() throws {
    let text = try repositoryFile("docs/models.md")
    let block = try #require(text.split(separator: "```yaml\n").dropFirst().first)
    let lines = try #require(block.split(separator: "```").first).split(separator: "\n")
    let document = lines.map { "      \($0)" }.joined(separator: "\n")
    // Two layers of 64 over windows of 48 take long; few epochs show that they learn.
    #expect(document.contains("full_epochs: 100"))
    try expectLearning(
      document.replacing("full_steps: 1000000", with: "full_steps: 60")
        .replacing("full_batch: 32", with: "full_batch: 8"))
  }

  /// - Parameter keys: of the stream, indented by six.
  private func expectLearning(_ keys: String) throws {
    var minimal = Minimal()
    minimal.streams = """
      streams:
        - name: hosts
          interval: 1h
          seasons: [1d]
          horizon: 6

      """
    minimal.streams += keys.split(separator: "\n").map { $0.dropFirst(2) + "\n" }.joined()
    minimal.rest = "points_topic: {retention: 30d}\n"
    let stream = try #require(try decode(minimal.text).pipeline.streams.first)
    let untrained = ForecastModel.untrained(stream: "hosts", settings: stream.model, seed: 1)
    let steps = 300
    var states = SeriesStates(settings: stream.model)
    var store = TrainingStore(interval: Self.hour, settings: stream.training)
    var workspace = ForecastingWorkspace(settings: stream.model)
    let rows = [0, 1, 2]
    for _ in rows { states.appendRow() }
    let places = rows.map { store.index(ofKey: Array("series-\($0)".utf8)) }
    for step in 0..<steps {
      let time = 1_700_000_400_000 / Self.hour * Self.hour + Int64(step) * Self.hour
      let values = rows.map { Self.value($0, step) }
      states.advance(
        rows: rows, times: rows.map { _ in time }, values: values, model: untrained,
        workspace: &workspace)
      for row in rows { store.append(series: places[row], time: time, value: values[row]) }
    }
    var trainer = Trainer(settings: stream.training)
    let result = trainer.train(
      champion: untrained, dataset: store.dataset(), version: 1, seed: 2, seconds: { 0 })
    guard case .finished(let outcome) = result else {
      Issue.record("\(result)")
      return
    }
    let report = outcome.report
    #expect(report.adopted, "\(report)")
    #expect(report.skippedSteps == 0)

    let copy = try ForecastModel(encoded: outcome.challenger.encoded())
    #expect(copy.settings == stream.model)
    #expect(copy.digest == outcome.challenger.digest && copy.digest != untrained.digest)
    states.rewarm(rows: 0..<3, model: copy, workspace: &workspace)
    var (batch, again) = (ForecastBatch(), ForecastBatch())
    states.forecast(rows: rows, model: copy, workspace: &workspace, into: &batch)
    states.forecast(rows: [1], model: outcome.challenger, workspace: &workspace, into: &again)
    #expect(Array(again.values(row: 0)) == Array(batch.values(row: 1)))
    let levels = stream.model.quantiles.count
    for row in rows {
      let values = Array(batch.values(row: row))
      #expect(values.allSatisfy { $0.isFinite })
      for place in values.indices where place % levels > 0 {
        #expect(values[place] >= values[place - 1])
      }
    }
  }

  /// A daily wave and something like noise about a level.
  private static func value(_ series: Int, _ step: Int) -> Double {
    let noise = sin(Double((step * 37 + series * 101) % 1009) * 12.9898)
    let day = Double(step) / 24 + 0.3 * Double(series)
    return Double(100 * series) + 10 * sin(2 * Double.pi * day) + 2 * noise
  }
}
