import Forecasting
import Testing
import TimeSeries

@Suite("hidden states under a new model")
struct RewarmingTests {
  private let settings = ModelSettings.small()

  private func other() -> ForecastModel {
    ForecastModel.untrained(stream: "s", settings: settings, seed: 77)
  }

  /// A stream of series of different ages, some younger than what a replay takes.
  private func stream(series count: Int, steps: Int) -> (SeriesStream, [[Double]]) {
    let values = Synthetic.seasonal(count: count, steps: steps + 40, seed: 9)
    var stream = SeriesStream(
      count: count, model: .untrained(stream: "s", settings: settings, seed: 3))
    var workspace = ForecastingWorkspace(settings: settings)
    for step in 0..<steps {
      let rows = (0..<count).filter { step >= 7 * ($0 % 20) }
      stream.states.advance(
        rows: rows, times: rows.map { _ in SeriesStream.time(step) },
        values: rows.map { values[$0][step] }, model: stream.model, workspace: &workspace)
    }
    return (stream, values)
  }

  @Test("a state re-warmed before its next step is the one re-warmed at the swap")
  func lazy() {
    let (stream, values) = stream(series: 70, steps: 150)
    var workspace = ForecastingWorkspace(settings: settings)
    let model = other()
    var eager = stream.states
    eager.rewarm(rows: 0..<70, model: model, workspace: &workspace)
    var lazy = stream.states
    lazy.markStale()
    #expect(lazy.staleCount == 70)
    for step in 150..<160 {
      // Each step of some of the series only, so that all are replayed at different times.
      let rows = (0..<70).filter { ($0 + step) % 4 == 0 }
      for states in [0, 1] {
        let times = rows.map { _ in SeriesStream.time(step) }
        let next = rows.map { values[$0][step] }
        if states == 0 {
          eager.advance(rows: rows, times: times, values: next, model: model, workspace: &workspace)
        } else {
          lazy.advance(rows: rows, times: times, values: next, model: model, workspace: &workspace)
        }
      }
      if step == 152 { lazy.rewarmStale(atMost: 9, model: model, workspace: &workspace) }
    }
    #expect(lazy.staleCount == 0)
    #expect(lazy.tensors() == eager.tensors())
  }

  @Test("states prepared under a model before it is adopted count until their series steps")
  func prepared() {
    var (stream, values) = stream(series: 30, steps: 150)
    var workspace = ForecastingWorkspace(settings: settings)
    let model = other()
    var prepared = ReplayedHiddenStates(model)
    prepared.prepare(atMost: 20, of: stream.states, workspace: &workspace)
    #expect(prepared.missingCount(of: stream.states) == 10)
    prepared.prepare(atMost: 20, of: stream.states, workspace: &workspace)
    #expect(prepared.missingCount(of: stream.states) == 0)
    // Five series step under the old model, and two of them are prepared again.
    stream.states.advance(
      rows: [3, 4, 5, 6, 7], times: Array(repeating: SeriesStream.time(150), count: 5),
      values: (3...7).map { values[$0][150] }, model: stream.model, workspace: &workspace)
    #expect(prepared.missingCount(of: stream.states) == 5)
    prepared.prepare(atMost: 2, of: stream.states, workspace: &workspace)
    #expect(prepared.missingCount(of: stream.states) == 3)
    var eager = stream.states
    eager.rewarm(rows: 0..<30, model: model, workspace: &workspace)
    stream.states.adopt(prepared)
    #expect(stream.states.staleCount == 3)
    while stream.states.staleCount > 0 {
      stream.states.rewarmStale(atMost: 1, model: model, workspace: &workspace)
    }
    #expect(stream.states.tensors() == eager.tensors())
  }

  @Test("an abort brings back that a state is still to be re-warmed")
  func rollBack() {
    var (stream, values) = stream(series: 4, steps: 60)
    var workspace = ForecastingWorkspace(settings: settings)
    let model = other()
    stream.states.commit()
    stream.states.markStale()
    let marked = stream.states
    stream.states.remember(row: 2)
    stream.states.advance(
      rows: [2], times: [SeriesStream.time(60)], values: [values[2][60]], model: model,
      workspace: &workspace)
    #expect(!stream.states.isStale(2))
    stream.states.rollBack(rows: [2], keeping: 4)
    #expect(stream.states.isStale(2))
    #expect(stream.states.staleCount == 4)
    #expect(stream.states.tensors() == marked.tensors())
  }

  @Test("a snapshot between a swap and its re-warming goes on to the same states")
  func snapshot() throws {
    var (stream, _) = stream(series: 12, steps: 80)
    var workspace = ForecastingWorkspace(settings: settings)
    let model = other()
    stream.states.markStale()
    stream.states.rewarmStale(atMost: 5, model: model, workspace: &workspace)
    var restored = SeriesStates(settings: settings)
    try restored.restore(
      Dictionary(uniqueKeysWithValues: stream.states.tensors().map { ($0.name, $0) }))
    #expect(restored.staleCount == 7)
    restored.rewarmStale(atMost: 12, model: model, workspace: &workspace)
    stream.states.rewarmStale(atMost: 12, model: model, workspace: &workspace)
    #expect(restored.staleCount == 0)
    #expect(restored.tensors() == stream.states.tensors())
  }

  @Test("a slice of re-warming has fewer series where the network is larger")
  func slices() {
    #expect(other().rewarmingRows == 16)
    var large = settings
    large.hiddenSize = 512
    #expect(
      ForecastModel.untrained(stream: "s", settings: large, seed: 1).rewarmingRows < 4)
  }
}
