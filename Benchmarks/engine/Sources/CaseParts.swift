import NeuralNetwork
import Numerics

/// What cases are made of: the same kernels on the same shapes, each alone and in the caches. What
/// a case takes beyond their sum is traffic with memory, and what is between the kernels.
extension EngineBenchmark {
  func reportStepParts() {
    let parts = LayerParts(rows: 64)
    for batch in [1, 8, 64] {
      reportPart(
        "matrix products", of: "step", batch,
        medianSeconds(repeats: 4 * repeats) {
          for layer in 0..<BenchmarkModel.layerCount {
            parts.project(layer, rows: batch)
            parts.recur(rows: batch)
          }
          parts.head(rows: batch)
        })
      reportPart(
        "gates", of: "step", batch,
        medianSeconds(repeats: 4 * repeats) {
          for _ in 0..<BenchmarkModel.layerCount { parts.gates(rows: batch) }
        })
    }
  }

  func reportTrainingParts() {
    let rows = TrainingStep.shardRows
    let parts = LayerParts(rows: 128)
    let runs = Double(steps * batch / rows)
    func part(_ name: String, _ work: () -> Void) {
      reportPart(
        name, of: "train", batch,
        runs * medianSeconds(repeats: 4 * repeats) { for _ in 0..<8 { work() } } / 8)
    }
    part("products forward") {
      for layer in 0..<BenchmarkModel.layerCount {
        parts.project(layer, rows: rows)
        parts.recur(rows: rows)
      }
    }
    part("gates forward") {
      for _ in 0..<BenchmarkModel.layerCount { parts.gates(rows: rows) }
    }
    part("gates backward") {
      for _ in 0..<BenchmarkModel.layerCount { parts.gatesBackward(rows: rows) }
    }
    part("products of the states' and inputs' gradients") {
      for layer in 0..<BenchmarkModel.layerCount {
        parts.recurBack(rows: rows)
        if layer > 0 { parts.recurBack(rows: rows) }
      }
    }
    let model = BenchmarkModel(seed: 1)
    var optimizer = AdamOptimizer(count: model.layout.count)
    let gradients = normals(model.layout.count, seed: 2)
    reportPart(
      "norm, Adam and packing", of: "train", batch,
      medianSeconds(repeats: repeats) {
        guard case .apply(let scale, _) = GradientClip(gradients.elements, maximumNorm: 1) else {
          return
        }
        model.update {
          optimizer.step(
            parameters: $0, gradients: gradients.elements, rate: 1e-3, gradientScale: scale)
        }
      })
    // Weights' gradients are worked out for several steps at once.
    let share = Double(rows) / 128
    reportPart(
      "products of the weights' gradients", of: "train", batch,
      runs * share
        * medianSeconds(repeats: 4 * repeats) {
          for layer in 0..<BenchmarkModel.layerCount { parts.weightGradients(layer, rows: 128) }
        })
  }
}

/// Matrices and buffers of a layer's shapes.
private final class LayerParts {
  private let hidden = BenchmarkModel.hiddenSize
  private let width = 4 * BenchmarkModel.hiddenSize
  private let firstInput: PackedMatrix
  private let square: PackedMatrix
  private let back: PackedMatrix
  private let output: PackedMatrix
  private let storage: FloatBuffer
  private let rowsIn: FloatBuffer
  private var gatesBuffer: FloatBuffer
  private var cell: FloatBuffer
  private var state: FloatBuffer
  private var gradient: FloatBuffer
  private var weights: FloatBuffer

  init(rows: Int) {
    var packing = PackedStorageLayout()
    firstInput = packing.matrix(depth: BenchmarkModel.inputSize, columns: width)
    square = packing.matrix(depth: hidden, columns: width)
    back = packing.matrix(depth: width, columns: hidden)
    output = packing.matrix(depth: hidden, columns: BenchmarkModel.outputSize)
    storage = normals(packing.count, seed: 1)
    rowsIn = normals(rows * width, seed: 2)
    gatesBuffer = normals(rows * width, seed: 3)
    cell = normals(rows * hidden, seed: 4)
    state = normals(rows * hidden, seed: 5)
    gradient = FloatBuffer(count: rows * width)
    weights = FloatBuffer(count: width * hidden)
  }

  func project(_ layer: Int, rows: Int) {
    let matrix = layer == 0 ? firstInput : square
    matrix.multiply(
      rows: rows, address(rowsIn.elements), stride: matrix.depth,
      storage: address(storage.elements), bias: address(rowsIn.elements),
      into: address(gatesBuffer.mutable), stride: width)
  }

  func recur(rows: Int) {
    square.multiplyAdding(
      rows: rows, address(rowsIn.elements), stride: hidden, storage: address(storage.elements),
      into: address(gatesBuffer.mutable), stride: width)
  }

  func head(rows: Int) {
    output.multiply(
      rows: rows, address(rowsIn.elements), stride: hidden, storage: address(storage.elements),
      bias: address(rowsIn.elements), into: address(gradient.mutable),
      stride: BenchmarkModel.outputSize)
  }

  func gates(rows: Int) {
    VectorKernels.current.lstmForward(
      rows: rows, hidden: hidden, gates: address(gatesBuffer.mutable), gatesStride: width,
      cPrevious: address(cell.elements), cPreviousStride: hidden, c: address(cell.mutable),
      cStride: hidden, h: address(state.mutable), hStride: hidden)
  }

  func gatesBackward(rows: Int) {
    VectorKernels.current.lstmBackward(
      rows: rows, hidden: hidden, gates: address(gatesBuffer.mutable),
      cPrevious: address(cell.elements), c: address(cell.elements), dh: address(rowsIn.elements),
      dc: address(state.mutable))
    VectorKernels.current.accumulateColumns(
      address(gatesBuffer.elements), rows: rows, columns: width, stride: width,
      into: address(gradient.mutable), and: address(gradient.mutable) + width)
  }

  func recurBack(rows: Int) {
    back.multiplyAdding(
      rows: rows, address(rowsIn.elements), stride: width, storage: address(storage.elements),
      into: address(state.mutable), stride: hidden)
  }

  func weightGradients(_ layer: Int, rows: Int) {
    for columns in [layer == 0 ? BenchmarkModel.inputSize : hidden, hidden] {
      VectorKernels.current.multiplyTransposed(
        rows: rows, m: width, n: columns, address(rowsIn.elements), stride: width,
        address(gatesBuffer.elements), stride: columns, addingTo: address(weights.mutable),
        stride: columns)
    }
  }
}
