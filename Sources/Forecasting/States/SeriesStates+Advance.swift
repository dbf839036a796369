import Numerics
package import TimeSeries

extension SeriesStates {
  /// Takes one step of each of the given series, all in batched LSTM calls.
  ///
  /// A row's result is the same bits whatever the batch holds beside it. Stale states are replayed
  /// under the model first.
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
    if staleCount > 0 {
      rewarm(rows: rows.filter(isStale), model: model, workspace: &workspace)
    }
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

  /// Makes a series' newest steps missing for its seasonal windows, so that no later season repeats
  /// them. Scale, hidden state and the profiles of long seasons keep what they have taken.
  ///
  /// - Source: outliers kept out of the seasonal state, as by Gelper, Fried and Croux (2010),
  ///   "Robust forecasting with exponential and Holt–Winters smoothing".
  package mutating func forget(row: Int, newest count: Int) {
    let layout = layout
    withPointers { $0.ring(row, layout).forget(newest: count) }
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
    if value.isFinite { states.store(lastValue: value, row: row) }
  }
}
