import NeuralNetwork
import Numerics

/// The other way to go through a window: the input's part of all steps in one product, written to
/// memory, then step by step. Here to be measured beside the engine's way, with the same kernels.
final class ProjectedWindow {
  private let steps: Int
  private let rows: Int
  private let input: [PackedMatrix]
  private let recurrent: PackedMatrix
  private let storage: FloatBuffer
  private let x: FloatBuffer
  private var hidden: FloatBuffer  // [L, T+1, B, H]
  private var cell: FloatBuffer
  private var gates: FloatBuffer  // [L, T, B, 4H]

  init(steps: Int, rows: Int) {
    self.steps = steps
    self.rows = rows
    let (size, width) = (BenchmarkModel.hiddenSize, 4 * BenchmarkModel.hiddenSize)
    var packing = PackedStorageLayout()
    input = (0..<BenchmarkModel.layerCount).map { layer in
      packing.matrix(depth: layer == 0 ? BenchmarkModel.inputSize : size, columns: width)
    }
    recurrent = packing.matrix(depth: size, columns: width)
    var weights = normals(packing.count, seed: 1)
    for index in 0..<packing.count { weights[index] *= 0.1 }
    storage = weights
    x = normals(steps * rows * BenchmarkModel.inputSize, seed: 2)
    hidden = FloatBuffer(count: BenchmarkModel.layerCount * (steps + 1) * rows * size)
    cell = FloatBuffer(count: BenchmarkModel.layerCount * (steps + 1) * rows * size)
    gates = FloatBuffer(count: BenchmarkModel.layerCount * steps * rows * width)
  }

  func forward() {
    let (size, width) = (BenchmarkModel.hiddenSize, 4 * BenchmarkModel.hiddenSize)
    let plane = rows * size
    for layer in 0..<BenchmarkModel.layerCount {
      let h = address(hidden.mutable) + layer * (steps + 1) * plane
      let c = address(cell.mutable) + layer * (steps + 1) * plane
      let all = address(gates.mutable) + layer * steps * rows * width
      let below = layer == 0 ? address(x.elements) : UnsafePointer(h - steps * plane)
      input[layer].multiply(
        rows: steps * rows, below, stride: input[layer].depth, storage: address(storage.elements),
        bias: address(storage.elements), into: all, stride: width)
      for t in 0..<steps {
        recurrent.multiplyAdding(
          rows: rows, h + t * plane, stride: size, storage: address(storage.elements),
          into: all + t * rows * width, stride: width)
        VectorKernels.current.lstmForward(
          rows: rows, hidden: size, gates: all + t * rows * width, gatesStride: width,
          cPrevious: c + t * plane, cPreviousStride: size, c: c + (t + 1) * plane, cStride: size,
          h: h + (t + 1) * plane, hStride: size)
      }
    }
  }
}
