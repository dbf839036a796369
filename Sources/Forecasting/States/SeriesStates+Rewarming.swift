import Numerics
import TimeSeries

// A new model needs LSTM states of its own: the newest steps are replayed from their kept inputs.
// That takes a tenth of a millisecond a series, so the adoption of a model only marks all states as
// stale. A stale state is replayed before its series' next step, or in an idle moment before that.
// Both give the same bits: a replay depends on kept inputs, time and model alone, and until its
// next step none of them changes.

extension SeriesStates {
  /// Marks the states of all series as an earlier model's. A row without a step has none.
  ///
  /// - Precondition: no row is remembered, since a rollback does not bring the model back.
  package mutating func markStale() {
    for row in 0..<stale.elements.count {
      stale.elements[row] = times.elements[row] == .min ? 0 : 1
    }
    recountStale()
  }

  /// Whether the row's state must be replayed before it is used.
  package func isStale(_ row: Int) -> Bool { stale.elements[row] != 0 }

  mutating func recountStale() {
    staleCount = stale.elements.count { $0 != 0 }
    staleScan = 0
  }

  /// Replays the next stale rows ahead of their steps.
  ///
  /// - Parameter rows: how many at most.
  package mutating func rewarmStale(
    atMost rows: Int, model: ForecastModel, workspace: inout ForecastingWorkspace
  ) {
    var chosen: [Int] = []
    while chosen.count < rows, staleCount > chosen.count, staleScan < stale.elements.count {
      if stale.elements[staleScan] != 0 { chosen.append(staleScan) }
      staleScan += 1
    }
    rewarm(rows: chosen, model: model, workspace: &workspace)
  }

  /// Recomputes LSTM states from zero by replaying the newest steps, for a new model.
  ///
  /// Past inputs are those of their time: they are kept, and not computed anew when the scale has
  /// moved on. The result depends on them, the time and the model alone.
  ///
  /// - Parameter steps: how many of the newest steps to replay, at most those whose inputs are
  ///   kept.
  /// - Complexity: O(rows · steps), about 1 µs each with the default model.
  package mutating func rewarm(
    rows: some RandomAccessCollection<Int>, model: ForecastModel,
    workspace: inout ForecastingWorkspace, steps: Int = 96
  ) {
    let rows = Array(rows)
    precondition(rows.allSatisfy { $0 >= 0 && $0 < count } && steps >= 0)
    precondition(model.settings == settings, "the model is of another stream")
    let layout = layout
    withPointers { states in
      // A model that reads a window anew for each forecast has no state to bring back.
      if model.settings.architecture.fixedWindow > 0 { return }
      for first in stride(from: 0, to: rows.count, by: ForecastingWorkspace.rows) {
        let slice = rows[first..<min(first + ForecastingWorkspace.rows, rows.count)]
        let block = replay(slice, layout, states, model: model, workspace: &workspace, steps: steps)
        block.scatter(states, series: { rows[first + $0] }, count: slice.count)
      }
    }
    for row in rows where stale.elements[row] != 0 {
      stale.elements[row] = 0
      staleCount -= 1
    }
  }

  /// Takes the states that were replayed under the model before its adoption, and marks the others
  /// as stale.
  ///
  /// - Precondition: as for `markStale`.
  package mutating func adopt(_ prepared: ReplayedHiddenStates) {
    precondition(prepared.model.settings == settings, "the model is of another stream")
    markStale()
    for row in 0..<count where prepared.isCurrent(row, time: times.elements[row]) {
      prepared.copy(row, into: &hidden.elements, &cell.elements)
      stale.elements[row] = 0
    }
    recountStale()
  }
}

extension ForecastModel {
  /// Series that are replayed in one or two milliseconds.
  package var rewarmingRows: Int {
    let shape = network.shape
    let inputs = shape.hiddenSize + max(shape.inputSize, shape.hiddenSize)
    let weights = 4 * shape.recurrentSize * inputs
    return max(1, min(16, 16 * 40_000 / weights))
  }
}

/// Replays the newest steps of up to a block of series from zero.
///
/// - Returns: their states, in the order of the rows, valid while the workspace is not used.
func replay(
  _ rows: ArraySlice<Int>, _ layout: FeatureLayout, _ states: SeriesPointers,
  model: ForecastModel, workspace: inout ForecastingWorkspace, steps: Int
) -> ForecastingBlock {
  let block = workspace.block(rows.count, shape: model.network.shape)
  block.hidden.fill(0)
  block.cell.fill(0)
  for back in (0..<min(steps, FeatureLayout.replaySteps)).reversed() {
    writeInputs(of: rows, back: back, layout, states, block)
    model.network.step(
      inputs: UnsafeBufferPointer(block.inputs), hidden: block.hidden, cell: block.cell,
      batch: rows.count, workspace: &workspace.network)
    // A series that did not exist so many steps ago is still at zero.
    for (index, row) in rows.enumerated() where back >= states.stepCount(row) {
      for place in index * states.stateSize..<(index + 1) * states.stateSize {
        block.hidden[place] = 0
      }
      let cellSize = model.network.shape.cellSize
      for place in index * cellSize..<(index + 1) * cellSize { block.cell[place] = 0 }
    }
  }
  return block
}

private func writeInputs(
  of rows: ArraySlice<Int>, back: Int, _ layout: FeatureLayout, _ states: SeriesPointers,
  _ block: ForecastingBlock
) {
  guard let inputs = block.inputs.baseAddress else { return }
  var calendar = StepCalendar()
  for (index, row) in rows.enumerated() {
    let target = inputs + index * FeatureLayout.inputSize
    let step = states.stepCount(row) - 1 - back
    guard step >= 0 else {
      target.update(repeating: 0, count: FeatureLayout.inputSize)
      continue
    }
    calendar.move(to: states.times[row] - Int64(back) * layout.interval, layout: layout)
    states.input(row, step: step).write(calendar, into: target)
  }
}

extension SeriesPointers {
  fileprivate func stepCount(_ row: Int) -> Int {
    Int(counters[row * SeriesStates.counterWidth])
  }
}
