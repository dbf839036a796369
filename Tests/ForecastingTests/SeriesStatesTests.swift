import Calibration
import Forecasting
import Glibc
import Testing
import TimeSeries

@Suite struct SeriesStatesTests {
  let settings = ModelSettings.small(seasons: [24, 168])

  private func warmed(_ series: [[Double]], steps: Int) -> SeriesStream {
    let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 3)
    var stream = SeriesStream(count: series.count, model: model)
    var workspace = ForecastingWorkspace(settings: settings)
    stream.feed(series, steps: 0..<steps, workspace: &workspace)
    return stream
  }

  @Test(
    "a series of the default model takes 1,993 bytes, 384 more for a long season of minutes",
    arguments: [([24, 168], 1993), ([], 1993), ([60, 1440], 2377), ([1440, 10080], 2761)])
  func budget(seasons: [Int], bytes: Int) {
    let states = SeriesStates(settings: ModelSettings(interval: 60_000, seasons: seasons))
    #expect(states.bytesPerSeries == bytes)
  }

  @Test("a series can be forecast from its second observed value on, not before")
  func secondPoint() {
    let series = [[5, .nan, 7, 8]]
    var stream = warmed(series, steps: 1)
    var workspace = ForecastingWorkspace(settings: settings)
    #expect(!stream.states.canForecast(0))
    stream.feed(series, steps: 1..<2, workspace: &workspace)
    #expect(!stream.states.canForecast(0))
    stream.feed(series, steps: 2..<3, workspace: &workspace)
    #expect(stream.states.canForecast(0))
    #expect(stream.states.isWarming(0))
    let batch = stream.forecast(&workspace)
    #expect(batch.isWarming[0])
    #expect(batch.spreads[0] > 0)
    for value in batch.values { #expect(value > 0 && value < 14, "of values 5 and 7") }
  }

  @Test("an untrained model forecasts near the seasonal value with intervals about the noise")
  func untrained() {
    let series = Synthetic.seasonal(count: 20, steps: 400, seed: 5)
    let stream = warmed(series, steps: 388)
    var workspace = ForecastingWorkspace(settings: settings)
    let batch = stream.forecast(&workspace)
    var inside = 0
    for row in 0..<20 {
      for step in 0..<12 {
        let actual = series[row][388 + step]
        if batch[row, step: step, quantile: 0] <= actual,
          actual <= batch[row, step: step, quantile: 4]
        {
          inside += 1
        }
      }
    }
    #expect((170...214).contains(inside), "\(inside) of 240 inside the 80 % interval")
  }

  @Test("what else is in a batch does not change a bit of a series", arguments: [1, 7, 64, 200])
  func batchInvariance(size: Int) {
    let series = Synthetic.seasonal(count: 200, steps: 60, seed: 11)
    let model = ForecastModel.untrained(stream: "s", settings: settings, seed: 3)
    var workspace = ForecastingWorkspace(settings: settings)
    var whole = SeriesStream(count: 200, model: model)
    whole.feed(series, steps: 0..<60, workspace: &workspace)
    let expected = whole.forecast(&workspace)

    var states = SeriesStates(settings: settings)
    for _ in 0..<200 { states.appendRow() }
    var batch = ForecastBatch()
    for step in 0..<60 {
      for first in stride(from: 0, to: 200, by: size) {
        // Backwards, so that no series keeps its place within a block either.
        let rows = Array((first..<min(first + size, 200)).reversed())
        states.advance(
          rows: rows, times: rows.map { _ in SeriesStream.time(step) },
          values: rows.map { series[$0][step] }, model: model, workspace: &workspace)
      }
    }
    #expect(states.tensors() == whole.states.tensors())
    for first in stride(from: 0, to: 200, by: size) {
      let rows = Array((first..<min(first + size, 200)).reversed())
      states.forecast(rows: rows, model: model, workspace: &workspace, into: &batch)
      for (index, row) in rows.enumerated() {
        #expect(batch.values(row: index).elementsEqual(expected.values(row: row)))
        #expect(batch.spreads[index] == expected.spreads[row])
      }
    }
  }

  @Test("forecasts that are left out change no other, and have their unit for a spread")
  func leftOut() {
    let series = Synthetic.seasonal(count: 150, steps: 60, seed: 11)
    let stream = warmed(series, steps: 60)
    var workspace = ForecastingWorkspace(settings: settings)
    let expected = stream.forecast(&workspace)
    // In the second block no forecast is needed.
    let isNeeded = (0..<150).map { $0 % 3 == 1 && !(64..<128).contains($0) }
    var batch = ForecastBatch()
    stream.states.forecast(
      rows: Array(0..<150), isNeeded: isNeeded, model: stream.model, workspace: &workspace,
      into: &batch)
    for row in 0..<150 where isNeeded[row] {
      #expect(batch.values(row: row).elementsEqual(expected.values(row: row)))
      #expect(batch.spreads[row] == expected.spreads[row])
    }
    for row in 0..<150 where !isNeeded[row] {
      #expect(batch.values(row: row).allSatisfy { $0 == 0 }, "nothing was computed")
      #expect(batch.spreads[row] == stream.origin(row).scale.unit)
    }
    #expect(batch.isWarming == expected.isWarming)
  }

  @Test("a rollback brings every series back exactly and removes new ones")
  func rollback() {
    let series = Synthetic.seasonal(count: 5, steps: 200, seed: 2)
    var stream = warmed(series, steps: 190)
    stream.states.commit()
    let before = stream.states.tensors()
    var workspace = ForecastingWorkspace(settings: settings)
    let rows = [3, 0, 4]
    for row in rows { stream.states.remember(row: row) }
    stream.states.appendRow()
    for step in 190..<200 {
      stream.states.advance(
        rows: rows + [5], times: Array(repeating: SeriesStream.time(step), count: 4),
        values: [1, 2, .nan, 4], model: stream.model, workspace: &workspace)
    }
    #expect(stream.states.tensors() != before)
    stream.states.rollBack(rows: rows, keeping: 5)
    #expect(stream.states.tensors() == before)
    #expect(stream.states.count == 5)
  }

  @Test("a restored table forecasts byte for byte what the saved one would, and goes on so")
  func restore() throws {
    let series = Synthetic.seasonal(count: 9, steps: 300, seed: 8)
    var stream = warmed(series, steps: 250)
    var workspace = ForecastingWorkspace(settings: settings)
    var copy = SeriesStream(count: 9, model: stream.model)
    copy.states = SeriesStates(settings: settings)
    let named = stream.states.tensors().map { ($0.name, $0) }
    try copy.states.restore(Dictionary(uniqueKeysWithValues: named))
    #expect(copy.forecast(&workspace).values == stream.forecast(&workspace).values)
    stream.feed(series, steps: 250..<300, workspace: &workspace)
    copy.feed(series, steps: 250..<300, workspace: &workspace)
    #expect(copy.forecast(&workspace).values == stream.forecast(&workspace).values)
    #expect(copy.states.tensors() == stream.states.tensors())
  }

  @Test("a snapshot of another model or of unequal columns is refused and leaves the table empty")
  func restoreRefuses() {
    let stream = warmed(Synthetic.seasonal(count: 3, steps: 30, seed: 1), steps: 30)
    var tensors = Dictionary(uniqueKeysWithValues: stream.states.tensors().map { ($0.name, $0) })
    var other = SeriesStates(settings: .small(seasons: [24, 168], hiddenSize: 32))
    #expect(throws: ColumnTensorError.self) { try other.restore(tensors) }
    #expect(other.count == 0)
    var table = SeriesStates(settings: settings)
    tensors["states.times"]?.shape = [2, 1]
    tensors["states.times"]?.bytes.removeLast(8)
    #expect(throws: ColumnTensorError.self) { try table.restore(tensors) }
    tensors["states.times"] = nil
    #expect(throws: ColumnTensorError.self) { try table.restore(tensors) }
    #expect(table.count == 0)
  }

  @Test("a missing step moves the state on but neither the scale nor the last value")
  func missing() {
    let series = [Synthetic.seasonal(count: 1, steps: 100, seed: 4)[0] + [.nan]]
    var stream = warmed(series, steps: 100)
    var workspace = ForecastingWorkspace(settings: settings)
    let before = stream.origin(0)
    let hidden = stream.states.tensors()[0]
    stream.feed(series, steps: 100..<101, workspace: &workspace)
    let after = stream.origin(0)
    #expect(after.scale.mean == before.scale.mean && after.scale.unit == before.scale.unit)
    #expect(after.scale.deviation == before.scale.deviation)
    #expect(after.newest == series[0][99])
    #expect(stream.states.lastTime(0) == SeriesStream.time(100))
    #expect(stream.states.stepCount(0) == 101)
    #expect(stream.states.observedCount(0) == 100)
    #expect(stream.states.tensors()[0] != hidden)
  }

  @Test("forgotten steps are missing in later seasons, which take the season before instead")
  func forgotten() {
    var spiked = (0..<72).map { 10 + Double($0 % 24) }
    spiked[48] = 500
    spiked[49] = 510
    let origins = BaselineOrigins(capacity: 1, horizon: settings.horizon)
    origins.readsSeasons[0] = true
    func seasons(_ states: SeriesStates) -> [Double] {
      states.describeOrigins([0], origins)
      return (0...settings.horizon).map { origins.seasons(0).short[$0] }
    }
    for isForgotten in [false, true] {
      var stream = warmed([spiked], steps: 50)
      if isForgotten { stream.states.forget(row: 0, newest: 2) }
      var workspace = ForecastingWorkspace(settings: settings)
      stream.feed([spiked], steps: 50..<72, workspace: &workspace)
      let next = seasons(stream.states)
      #expect(abs(next[1] - (isForgotten ? 10 : 500)) < 1e-3, "\(next)")
      #expect(abs(next[2] - (isForgotten ? 11 : 510)) < 1e-3, "\(next)")
    }
  }

  @Test("re-warming gives the same states in slices and whatever the states were before")
  func rewarm() {
    let series = Synthetic.seasonal(count: 100, steps: 150, seed: 9)
    var stream = warmed(series, steps: 150)
    var workspace = ForecastingWorkspace(settings: settings)
    let other = ForecastModel.untrained(stream: "s", settings: settings, seed: 77)
    var sliced = stream.states
    stream.states.rewarm(rows: 0..<100, model: other, workspace: &workspace)
    sliced.rewarm(rows: 0..<100, model: stream.model, workspace: &workspace)
    for slice in [0..<1, 1..<70, 70..<100] {
      sliced.rewarm(rows: slice, model: other, workspace: &workspace)
    }
    #expect(sliced.tensors() == stream.states.tensors())
  }

  @Test("a state re-warmed with the model in use comes near the carried one")
  func rewarmedState() {
    let series = Synthetic.seasonal(count: 10, steps: 400, seed: 19)
    var stream = warmed(series, steps: 400)
    var workspace = ForecastingWorkspace(settings: settings)
    let carried = stream.forecast(&workspace)
    stream.states.rewarm(rows: 0..<10, model: stream.model, workspace: &workspace)
    let replayed = stream.forecast(&workspace)
    for row in 0..<10 {
      for (a, b) in zip(carried.values(row: row), replayed.values(row: row)) {
        #expect(abs(a - b) < 0.02 * carried.spreads[row])
      }
    }
  }

  @Test("a series that is younger than the replay is re-warmed to the bit, whatever its scale did")
  func rewarmedExactly() {
    var series = Synthetic.seasonal(count: 3, steps: 90, seed: 23)
    for step in 40..<90 { series[1][step] *= 50 }
    series[2][60] = .nan
    var stream = warmed(series, steps: 90)
    var workspace = ForecastingWorkspace(settings: settings)
    let carried = stream.states.tensors()
    stream.states.rewarm(rows: 0..<3, model: stream.model, workspace: &workspace)
    #expect(stream.states.tensors() == carried)
  }

  @Test("a reset series is as new")
  func reset() {
    var stream = warmed(Synthetic.seasonal(count: 2, steps: 50, seed: 6), steps: 50)
    stream.states.reset(row: 0)
    stream.states.reset(row: 1)
    var fresh = SeriesStates(settings: settings)
    fresh.appendRow()
    fresh.appendRow()
    #expect(stream.states.tensors() == fresh.tensors())
    #expect(stream.origin(0).newest.isNaN)
  }

  @Test("squash is asinh within 4e-7, odd, and finite at the ends of the range")
  func squashing() {
    for exponent in stride(from: -12.0, through: 12.0, by: 0.01) {
      let x = Float(pow(10, exponent))
      let exact = asinh(Double(x))
      #expect(abs(Double(squash(x)) - exact) <= 4e-7 * max(1, exact), "\(x)")
      #expect(squash(-x) == -squash(x))
    }
    #expect(squash(0) == 0)
    #expect(squash(.greatestFiniteMagnitude).isFinite)
  }
}
