import NeuralNetwork
import Numerics

/// Scratch of inference calls; one for each thread, reused, so that nothing is allocated.
package struct ForecastWorkspace: ~Copyable {
  /// Rows worked on at a time: their activations stay in the second-level cache.
  static let rows = 64
  let shape: ForecastNetworkShape
  var scratch: FloatBuffer

  package init(shape: ForecastNetworkShape) {
    self.shape = shape
    scratch = FloatBuffer(
      count: max(
        Self.rows * 4 * shape.hiddenSize, ForecastHeadBlock.count(shape, rows: Self.rows)))
  }
}

extension ForecastNetwork {
  /// Advances the states of independent series by one step, in place.
  ///
  /// A row's result is the same bits whatever the batch holds beside it.
  ///
  /// - Shape: inputs [B, I]; hidden, cell [B, L·H], a row for each series, layer after layer
  package func step(
    inputs: UnsafeBufferPointer<Float>, hidden: UnsafeMutableBufferPointer<Float>,
    cell: UnsafeMutableBufferPointer<Float>, batch: Int, workspace: inout ForecastWorkspace
  ) {
    let size = shape.stateSize
    precondition(workspace.shape == shape && batch >= 0)
    precondition(inputs.count == batch * shape.inputSize)
    precondition(hidden.count == batch * size && cell.count == batch * size)
    guard let inputs = inputs.baseAddress, let hidden = hidden.baseAddress,
      let cell = cell.baseAddress, let gates = workspace.scratch.mutable.baseAddress
    else { return }
    withPacked { packed in
      for first in stride(from: 0, to: batch, by: ForecastWorkspace.rows) {
        let rows = min(ForecastWorkspace.rows, batch - first)
        let h = hidden + first * size
        let c = cell + first * size
        for (index, layer) in parts.lstm.enumerated() {
          let offset = index * shape.hiddenSize
          lstmStep(
            layer, packed: packed, rows: rows,
            x: index == 0
              ? inputs + first * shape.inputSize : UnsafePointer(h) + offset - shape.hiddenSize,
            xStride: index == 0 ? shape.inputSize : size,
            h: h + offset, c: c + offset, stateStride: size, gates: gates)
        }
      }
    }
  }

  /// Forecasts of the whole horizon from the series' states, quantiles in ascending order.
  ///
  /// A row's result is the same bits whatever the batch holds beside it.
  ///
  /// - Shape: hidden [B, L·H], of which the top layer is read; context [B, C]; bases [B, K, N];
  ///   output [B, N, Q]
  package func forecast(
    hidden: UnsafeBufferPointer<Float>, context: UnsafeBufferPointer<Float>,
    bases: UnsafeBufferPointer<Float>, output: UnsafeMutableBufferPointer<Float>,
    batch: Int, workspace: inout ForecastWorkspace
  ) {
    precondition(workspace.shape == shape && batch >= 0)
    precondition(hidden.count == batch * shape.stateSize)
    precondition(context.count == batch * shape.contextSize)
    precondition(bases.count == batch * shape.baseCount * shape.horizon)
    precondition(output.count == batch * shape.outputSize)
    guard let hidden = hidden.baseAddress, let bases = bases.baseAddress,
      let output = output.baseAddress, let scratch = workspace.scratch.mutable.baseAddress
    else { return }
    let block = ForecastHeadBlock(shape, rows: ForecastWorkspace.rows, at: scratch)
    let top = shape.stateSize - shape.hiddenSize
    withPacked { packed in
      for first in stride(from: 0, to: batch, by: ForecastWorkspace.rows) {
        let rows = min(ForecastWorkspace.rows, batch - first)
        for row in 0..<rows {
          let x = block.x + row * shape.headInputSize
          x.update(
            from: hidden + (first + row) * shape.stateSize + top, count: shape.hiddenSize)
          if let context = context.baseAddress {
            (x + shape.hiddenSize).update(
              from: context + (first + row) * shape.contextSize, count: shape.contextSize)
          }
        }
        headForward(
          block, packed: packed, rows: rows,
          bases: bases + first * shape.baseCount * shape.horizon)
        for row in 0..<rows {
          let target = output + (first + row) * shape.outputSize
          target.update(
            from: block.z + row * (shape.outputSize + shape.baseCount), count: shape.outputSize)
          sortLevels(target, steps: shape.horizon, levels: shape.quantiles.count)
        }
      }
    }
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
