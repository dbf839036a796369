import Numerics
package import TimeSeries

extension SeriesStates {
  /// Takes one step of each of the given series, all in batched LSTM calls.
  ///
  /// A row's result is the same bits whatever the batch holds beside it.
  ///
  /// - Parameters:
  ///   - rows: distinct; a series with several steps takes several calls.
  ///   - times: event time of each row's step.
  ///   - values: NaN where the step is missing: the state moves on, nothing is invented.
  package mutating func advance(
    rows: [Int], times: [Milliseconds], values: [Double], model: ForecastModel,
    workspace: inout ForecastingWorkspace
  ) {
    precondition(rows.count == times.count && rows.count == values.count)
    precondition(model.settings == settings, "the model is of another stream")
    let layout = layout
    let shape = model.network.shape
    var calendar = StepCalendar()
    withPointers { states in
      for first in stride(from: 0, to: rows.count, by: ForecastingWorkspace.rows) {
        let count = min(ForecastingWorkspace.rows, rows.count - first)
        let block = workspace.block(count, shape: shape)
        guard let inputs = block.inputs.baseAddress else { continue }
        for index in 0..<count {
          Self.advanceRow(
            rows[first + index], layout, states, calendar: &calendar, time: times[first + index],
            value: values[first + index],
            inputs: inputs + index * FeatureLayout.inputSize)
        }
        // A model that reads a window anew for each forecast carries nothing from step to step.
        if model.settings.architecture.fixedWindow > 0 { continue }
        block.gather(states, series: { rows[first + $0] }, count: count)
        model.network.step(
          inputs: UnsafeBufferPointer(block.inputs), hidden: block.hidden, cell: block.cell,
          batch: count, workspace: &workspace.network)
        block.scatter(states, series: { rows[first + $0] }, count: count)
      }
    }
  }

  private static func advanceRow(
    _ row: Int, _ layout: FeatureLayout, _ states: SeriesPointers,
    calendar: inout StepCalendar, time: Milliseconds, value: Double,
    inputs: UnsafeMutablePointer<Float>
  ) {
    var scaler = states.scaler(row)
    var ring = states.ring(row, layout)
    calendar.move(to: time, layout: layout)
    let step = ring.steps
    let input = acceptStep(
      layout, scaler: &scaler, ring: &ring, calendar: calendar, value: value)
    input.write(calendar, into: inputs)
    states.store(input, row: row, step: step)
    states.store(scaler, ring: ring, row: row)
    states.times[row] = time
    if value.isFinite { states.scalers[row * scalerWidth + 4] = value }
  }

  /// Recomputes LSTM states from zero by replaying the newest steps, for a new model.
  ///
  /// Past inputs are those of their time: they are kept, and not computed anew when the scale has
  /// moved on. Call it for slices of the table to bound the time of each call.
  ///
  /// - Parameter steps: how many of the newest steps to replay, at most the 96 that are kept.
  /// - Complexity: O(rows · steps), about 1 µs each with the default model.
  package mutating func rewarm(
    rows: Range<Int>, model: ForecastModel, workspace: inout ForecastingWorkspace, steps: Int = 96
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count && steps >= 0)
    precondition(model.settings == settings, "the model is of another stream")
    if settings.architecture.fixedWindow > 0 { return }
    let layout = layout
    let shape = model.network.shape
    withPointers { states in
      let size = ForecastingWorkspace.rows
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: size) {
        let count = min(size, rows.upperBound - first)
        let block = workspace.block(count, shape: shape)
        Self.replay(
          count: count, steps: min(steps, FeatureLayout.replaySteps), series: { first + $0 },
          layout, states, block, model, &workspace.network)
        block.scatter(states, series: { first + $0 }, count: count)
      }
    }
  }

  /// The block's states from zero over the newest steps of its rows' series.
  static func replay(
    count: Int, steps: Int, series: (Int) -> Int, _ layout: FeatureLayout,
    _ states: SeriesPointers, _ block: ForecastingBlock, _ model: ForecastModel,
    _ workspace: inout ForecastWorkspace
  ) {
    block.hidden.fill(0)
    block.cell.fill(0)
    for back in (0..<steps).reversed() {
      replayInputs(count: count, back: back, series: series, layout, states, block)
      model.network.step(
        inputs: UnsafeBufferPointer(block.inputs), hidden: block.hidden, cell: block.cell,
        batch: count, workspace: &workspace)
      clearUnborn(count: count, back: back, series: series, states, block)
    }
  }

  private static func replayInputs(
    count: Int, back: Int, series: (Int) -> Int, _ layout: FeatureLayout,
    _ states: SeriesPointers, _ block: ForecastingBlock
  ) {
    guard let inputs = block.inputs.baseAddress else { return }
    var calendar = StepCalendar()
    for index in 0..<count {
      let row = series(index)
      let target = inputs + index * FeatureLayout.inputSize
      let step = Int(states.counters[row * counterWidth]) - 1 - back
      guard step >= 0 else {
        target.update(repeating: 0, count: FeatureLayout.inputSize)
        continue
      }
      calendar.move(to: states.times[row] - Int64(back) * layout.interval, layout: layout)
      states.input(row, step: step).write(calendar, into: target)
    }
  }

  /// A series that did not exist `back` steps ago is still at zero.
  private static func clearUnborn(
    count: Int, back: Int, series: (Int) -> Int, _ states: SeriesPointers,
    _ block: ForecastingBlock
  ) {
    for index in 0..<count where back >= Int(states.counters[series(index) * counterWidth]) {
      for place in index * states.stateSize..<(index + 1) * states.stateSize {
        block.hidden[place] = 0
      }
      let cellSize = block.cell.count / count
      for place in index * cellSize..<(index + 1) * cellSize { block.cell[place] = 0 }
    }
  }
}
