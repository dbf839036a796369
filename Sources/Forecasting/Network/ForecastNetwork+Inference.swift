import NeuralNetwork
import Numerics

/// Scratch of `step` and `forecast`; one for each thread, reused, so that nothing is allocated.
package struct ForecastInferenceWorkspace: ~Copyable {
  /// Rows worked on at a time: their activations stay in the second-level cache.
  static let rows = 64
  let shape: ForecastNetworkShape
  var scratch: FloatBuffer

  package init(shape: ForecastNetworkShape) {
    self.shape = shape
    var layout = ParameterLayout()
    let parts = ForecastNetworkParts(shape: shape, layout: &layout)
    scratch = FloatBuffer(
      count: max(
        parts.recurrent.stepScratchCount(rows: Self.rows),
        ForecastHeadBlock.count(shape, rows: Self.rows)
          + ForecastOriginBlock.count(parts, shape, rows: Self.rows)))
  }
}

extension ForecastNetwork {
  /// Advances the states of independent series by one step, in place.
  ///
  /// A row's result is the same bits whatever the batch holds beside it.
  ///
  /// - Shape: inputs [B, I]; hidden [B, stateSize], cell [B, cellSize], a row for each series
  package func step(
    inputs: UnsafeBufferPointer<Float>, hidden: UnsafeMutableBufferPointer<Float>,
    cell: UnsafeMutableBufferPointer<Float>, batch: Int, workspace: inout ForecastInferenceWorkspace
  ) {
    let (size, cellSize) = (shape.stateSize, shape.cellSize)
    precondition(workspace.shape == shape && batch >= 0)
    precondition(inputs.count == batch * shape.inputSize)
    precondition(hidden.count == batch * size && cell.count == batch * cellSize)
    guard let inputs = inputs.baseAddress, let hidden = hidden.baseAddress,
      let scratch = workspace.scratch.mutable.baseAddress
    else { return }
    // A GRU has no cell state: what is passed for it is not touched.
    let cell = cell.baseAddress ?? hidden
    withPacked { packed, _ in
      for first in stride(from: 0, to: batch, by: ForecastInferenceWorkspace.rows) {
        let rows = min(ForecastInferenceWorkspace.rows, batch - first)
        let h = hidden + first * size
        if shape.pooledStates > 1 { keepStates(h, rows: rows) }
        stackStep(
          parts.recurrent, packed: packed, rows: rows, x: inputs + first * shape.inputSize,
          xStride: shape.inputSize, h: h, hStride: size, c: cell + first * cellSize,
          cStride: cellSize, scratch: scratch)
      }
    }
  }

  /// The newest state joins those that attention pools beside the next one; the oldest leaves.
  private func keepStates(_ hidden: UnsafeMutablePointer<Float>, rows: Int) {
    let (width, kept) = (shape.hiddenSize, shape.pooledStates - 1)
    for row in 0..<rows {
      let states = hidden + row * shape.stateSize + shape.recurrentSize
      states.update(from: states + width, count: (kept - 1) * width)
      (states + (kept - 1) * width).update(from: states - width, count: width)
    }
  }

  /// Forecasts of the whole horizon from the series' states, quantiles in ascending order.
  ///
  /// A row's result is the same bits whatever the batch holds beside it.
  ///
  /// - Shape: hidden [B, stateSize], where only the top layer is read; context [B, C];
  ///   bases [B, K, N]; output [B, N, Q]
  package func forecast(
    hidden: UnsafeBufferPointer<Float>, context: UnsafeBufferPointer<Float>,
    bases: UnsafeBufferPointer<Float>, output: UnsafeMutableBufferPointer<Float>,
    batch: Int, workspace: inout ForecastInferenceWorkspace
  ) {
    precondition(workspace.shape == shape && batch >= 0)
    precondition(hidden.count == batch * shape.stateSize)
    precondition(context.count == batch * shape.contextSize)
    precondition(bases.count == batch * shape.baseCount * shape.horizon)
    precondition(output.count == batch * shape.outputSize)
    guard let hidden = hidden.baseAddress, let bases = bases.baseAddress,
      let output = output.baseAddress, let scratch = workspace.scratch.mutable.baseAddress
    else { return }
    let block = ForecastHeadBlock(shape, rows: ForecastInferenceWorkspace.rows, at: scratch)
    let origins = scratch + ForecastHeadBlock.count(shape, rows: ForecastInferenceWorkspace.rows)
    withPacked { packed, statistics in
      for first in stride(from: 0, to: batch, by: ForecastInferenceWorkspace.rows) {
        let rows = min(ForecastInferenceWorkspace.rows, batch - first)
        let features = originFeatures(
          hidden + first * shape.stateSize, packed: packed, statistics: statistics, rows: rows,
          at: origins)
        for row in 0..<rows {
          let x = block.x + row * shape.headInputSize
          x.update(from: features + row * shape.hiddenSize, count: shape.hiddenSize)
          if shape.hasResidualHead, let context = context.baseAddress {
            (x + shape.hiddenSize).update(
              from: context + (first + row) * shape.contextSize, count: shape.contextSize)
          }
        }
        headForward(
          block, packed: packed, rows: rows,
          bases: bases + first * shape.baseCount * shape.horizon)
        let (values, stride) = headQuantiles(block, statistics: statistics, rows: rows)
        for row in 0..<rows {
          let target = output + (first + row) * shape.outputSize
          target.update(from: values + row * stride, count: shape.outputSize)
          sortLevels(target, steps: shape.horizon, levels: shape.quantiles.count)
        }
      }
    }
  }

  /// What the head reads of the rows' states, [rows, H].
  private func originFeatures(
    _ hidden: UnsafePointer<Float>, packed: UnsafePointer<Float>,
    statistics: UnsafePointer<Float>, rows: Int, at scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    let width = shape.hiddenSize
    let block = ForecastOriginBlock(parts, shape, rows: rows, at: scratch)
    let kept = shape.pooledStates - 1
    for row in 0..<rows {
      let state = hidden + row * shape.stateSize
      let newest = state + shape.recurrentSize - width
      guard kept > 0 else {
        (block.raw + row * width).update(from: newest, count: width)
        continue
      }
      for k in 0..<kept {
        (block.window + (k * rows + row) * width).update(
          from: state + shape.recurrentSize + k * width, count: width)
      }
      (block.window + (kept * rows + row) * width).update(from: newest, count: width)
    }
    return UnsafePointer(originForward(block, packed: packed, rows: rows, statistics: statistics))
  }
}

/// Sorts each step's few values, which nearly always are sorted already; NaN stays where it is.
private func sortLevels(_ values: UnsafeMutablePointer<Float>, steps: Int, levels: Int) {
  for step in 0..<steps {
    let row = values + step * levels
    for index in 1..<max(1, levels) {
      let value = row[index]
      var place = index
      while place > 0, row[place - 1] > value {
        row[place] = row[place - 1]
        place -= 1
      }
      row[place] = value
    }
  }
}
