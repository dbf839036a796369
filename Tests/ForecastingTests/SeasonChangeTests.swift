import Forecasting
import TestSupport
import Testing
import TimeSeries

@Suite("a stream whose seasons are found")
struct SeasonChangeTests {
  private let none = ModelSettings.small(seasons: [])

  private func stream(_ series: [[Double]], steps: Int) -> SeriesStream {
    var stream = SeriesStream(
      count: series.count, model: .untrained(stream: "s", settings: none, seed: 1),
      training: .quick)
    var workspace = ForecastingWorkspace(settings: none)
    stream.feed(series, steps: 0..<steps, workspace: &workspace)
    return stream
  }

  private func train(
    _ trainer: inout Trainer, _ stream: SeriesStream, champion: ForecastModel, version: Int
  ) throws -> TrainingOutcome {
    try trainer.finish(champion, stream.store.dataset(), version: version, seed: 5)
  }

  @Test("a stream whose seasons are found gets a model with them, which must be the better one")
  func first() throws {
    let series = Synthetic.seasonal(count: 6, steps: 700, seed: 21)
    let stream = stream(series, steps: 700)
    var trainer = Trainer(settings: .quick, findsSeasons: true)
    let outcome = try train(&trainer, stream, champion: stream.model, version: 1)
    #expect(outcome.challenger.settings.seasons == [24])
    #expect(outcome.report.isFull && outcome.report.adopted)
    let before = try #require(outcome.report.championLoss)
    let after = try #require(outcome.report.challengerLoss)
    #expect(after < 0.9 * before, "in one unit: \(before), \(after)")
    // The next training goes on with it.
    let next = try train(&trainer, stream, champion: outcome.challenger, version: 2)
    #expect(next.challenger.settings.seasons == [24])
    #expect(!next.report.isFull)
    // Where seasons are configured, none are looked for.
    var plain = Trainer(settings: .quick)
    #expect(
      try train(&plain, stream, champion: stream.model, version: 1).challenger.settings == none)
  }

  @Test("a stream without a season keeps its model's form")
  func noSeason() throws {
    let series = Synthetic.autoregressive(count: 6, steps: 500, seed: 4)
    let stream = stream(series, steps: 500)
    var trainer = Trainer(settings: .quick, findsSeasons: true)
    let outcome = try train(&trainer, stream, champion: stream.model, version: 1)
    #expect(outcome.challenger.settings == none)
  }

  @Test("states rebuilt from the rings go on as if the seasons had been known")
  func rebuilt() {
    // As long as the ring, so that it holds all there was.
    let steps = none.ringCapacity
    let series = Synthetic.seasonal(count: 5, steps: steps + 30, seed: 8)
    let seasonal = ModelSettings.small(seasons: [24])
    let known = ForecastModel.untrained(stream: "s", settings: seasonal, seed: 2)
    var workspace = ForecastingWorkspace(settings: none)
    var rebuilt = stream(series, steps: steps)
    var others = RebuiltSeriesStates(known)
    #expect(others.complete(of: rebuilt.states) == Array(0..<5))
    rebuilt.states = others.states
    rebuilt.model = known
    #expect(rebuilt.states.staleCount == 5)
    var reference = SeriesStream(count: 5, model: known, training: .quick)
    reference.feed(series, steps: 0..<steps, workspace: &workspace)
    rebuilt.feed(series, steps: steps..<steps + 30, workspace: &workspace)
    reference.feed(series, steps: steps..<steps + 30, workspace: &workspace)
    let (found, expected) = (rebuilt.forecast(&workspace), reference.forecast(&workspace))
    for row in 0..<5 {
      for (a, b) in zip(found.values(row: row), expected.values(row: row)) {
        #expect(abs(a - b) < 0.05 * expected.spreads[row])
      }
    }
  }

  @Test("states rebuilt in slices, with steps in between, are the same as rebuilt at once")
  func slices() {
    let series = Synthetic.seasonal(count: 9, steps: 130, seed: 8)
    let model = ForecastModel.untrained(
      stream: "s", settings: .small(seasons: [24]), seed: 2)
    var workspace = ForecastingWorkspace(settings: model.settings)
    var live = stream(series, steps: 100)
    var sliced = RebuiltSeriesStates(model)
    #expect(sliced.missingCount(of: live.states) == 9)
    #expect(sliced.prepare(atMost: 4, of: live.states, workspace: &workspace) == [0, 1, 2, 3])
    #expect(sliced.prepare(atMost: 4, of: live.states, workspace: &workspace) == [4, 5, 6, 7])
    #expect(sliced.missingCount(of: live.states) == 1)
    // Series that step are to be rebuilt again.
    live.states.advance(
      rows: [2, 5], times: [SeriesStream.time(100), SeriesStream.time(100)],
      values: [series[2][100], series[5][100]], model: live.model, workspace: &workspace)
    #expect(sliced.missingCount(of: live.states) == 3)
    #expect(sliced.prepare(atMost: 2, of: live.states, workspace: &workspace) == [8, 2])
    #expect(sliced.complete(of: live.states) == [5])
    #expect(sliced.states.staleCount == 1 && sliced.states.isStale(5))
    var whole = RebuiltSeriesStates(model)
    #expect(whole.complete(of: live.states).count == 9)
    var (one, other) = (sliced.states, whole.states)
    one.rewarm(rows: [5], model: model, workspace: &workspace)
    other.rewarm(rows: 0..<9, model: model, workspace: &workspace)
    #expect(one.tensors() == other.tensors())
  }

  @Test("a day of another time zone is the same day, shifted")
  func timeZone() throws {
    // A zone without changes, five and a half hours ahead of UTC.
    let india = try TimeZoneRules(
      name: "Asia/Kolkata", file: ZoneFile.bytes(standard: 19_800, rule: "IST-5:30"))
    let shift: Milliseconds = 19_800_000
    var settings = ModelSettings.small(seasons: [48])
    settings.interval = 1_800_000
    var local = settings
    local.timeZone = india
    let series = Synthetic.seasonal(count: 3, steps: 100, seed: 3)
    func states(_ settings: ModelSettings, shift: Milliseconds) -> SeriesStates {
      let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 2)
      var workspace = ForecastingWorkspace(settings: settings)
      var states = SeriesStates(settings: settings)
      for _ in 0..<3 { states.appendRow() }
      for step in 0..<100 {
        let time = SeriesStream.start + Int64(step) * settings.interval + shift
        states.advance(
          rows: [0, 1, 2], times: [time, time, time], values: series.map { $0[step] },
          model: model, workspace: &workspace)
      }
      return states
    }
    let hidden = { (states: SeriesStates) in states.tensors().first { $0.name == "states.hidden" } }
    let utc = hidden(states(settings, shift: 0))
    #expect(hidden(states(local, shift: -shift)) == utc)
    #expect(hidden(states(local, shift: 0)) != utc)
    let model = ForecastModel.untrained(stream: "s", settings: local, seed: 2)
    #expect(try ForecastModel(encoded: model.encoded(), timeZone: india).settings == local)
    #expect(throws: ForecastingError.self) { try ForecastModel(encoded: model.encoded()) }
  }

  @Test("an index has no weekend, and its phases are counted in steps")
  func index() {
    let series = Synthetic.seasonal(count: 2, steps: 60, seed: 4)
    func hidden(_ zone: TimeZoneRules?, startingAt first: Int64) -> ColumnTensor? {
      var settings = ModelSettings.small(seasons: [24])
      settings.interval = 3_600_000
      settings.timeZone = zone
      let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 2)
      var workspace = ForecastingWorkspace(settings: settings)
      var states = SeriesStates(settings: settings)
      for _ in 0..<2 { states.appendRow() }
      for step in 0..<60 {
        let time = (first + Int64(step)) * settings.interval
        states.advance(
          rows: [0, 1], times: [time, time], values: series.map { $0[step] }, model: model,
          workspace: &workspace)
      }
      return states.tensors().first { $0.name == "states.hidden" }
    }
    // Monday, and Saturday, 5 January 1970 being a Monday.
    let days: [Int64] = [4, 9]
    let withCalendar = days.map { hidden(.utc, startingAt: 24 * $0) }
    let byIndex = days.map { hidden(nil, startingAt: 24 * $0) }
    #expect(withCalendar[0] != withCalendar[1])
    #expect(byIndex[0] == byIndex[1])
    #expect(hidden(nil, startingAt: 24 * 4 + 6) != byIndex[0])
  }
}
