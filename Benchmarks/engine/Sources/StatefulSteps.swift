import NeuralNetwork
import Numerics

/// Independent series that carry their states from step to step, and give a forecast at each.
final class StatefulSteps {
  private let model: BenchmarkModel
  private let batch: Int
  private let inputs: FloatBuffer
  private var hidden: FloatBuffer
  private var cell: FloatBuffer
  private var scratch: FloatBuffer
  private var output: FloatBuffer
  /// Rows worked on at a time, as in Forecasting: their activations stay in the caches.
  private static let rows = 64

  init(_ model: BenchmarkModel, batch: Int) {
    self.model = model
    self.batch = batch
    inputs = normals(batch * BenchmarkModel.inputSize, seed: 2)
    let state = batch * BenchmarkModel.layerCount * BenchmarkModel.hiddenSize
    hidden = FloatBuffer(count: state)
    cell = FloatBuffer(count: state)
    scratch = FloatBuffer(count: Self.rows * 4 * BenchmarkModel.hiddenSize)
    output = FloatBuffer(count: batch * BenchmarkModel.outputSize)
  }

  func step() {
    let width = BenchmarkModel.hiddenSize
    let stateSize = BenchmarkModel.layerCount * width
    let packed = address(model.packed.elements)
    let inputs = address(inputs.elements)
    let gates = address(scratch.mutable)
    for first in stride(from: 0, to: batch, by: Self.rows) {
      let rows = min(Self.rows, batch - first)
      let h = address(hidden.mutable) + first * stateSize
      let c = address(cell.mutable) + first * stateSize
      for (index, layer) in model.layers.enumerated() {
        let place = index * width
        lstmStep(
          layer, packed: packed, rows: rows,
          x: index == 0
            ? inputs + first * BenchmarkModel.inputSize : UnsafePointer(h) + place - width,
          xStride: index == 0 ? BenchmarkModel.inputSize : stateSize,
          h: h + place, c: c + place, stateStride: stateSize, gates: gates)
      }
      linearForward(
        model.head, packed: packed, rows: rows, x: h + stateSize - width, xStride: stateSize,
        y: address(output.mutable) + first * BenchmarkModel.outputSize,
        yStride: BenchmarkModel.outputSize)
    }
  }
}
