import NeuralNetwork
import Numerics

/// Where the head and the loss are applied.
enum HeadPositions: Sendable {
  case last
  case every
}

/// Rows of a minibatch with all that a pass through their sequences leaves behind.
final class SequenceShard {
  private let model: BenchmarkModel
  private let steps: Int
  private let rows: Int
  private let places: SequencePlaces
  private let inputs: FloatBuffer  // [T, B, I]
  private let targets: FloatBuffer  // [T, B, O]
  private let mask: FloatBuffer  // [T, B, O], all ones
  private var scratch: FloatBuffer

  init(_ model: BenchmarkModel, steps: Int, rows: Int, seed: UInt64) {
    self.model = model
    self.steps = steps
    self.rows = rows
    places = SequencePlaces(steps: steps, rows: rows)
    inputs = normals(steps * rows * BenchmarkModel.inputSize, seed: seed)
    targets = normals(steps * rows * BenchmarkModel.outputSize, seed: seed + 1)
    var ones = FloatBuffer(count: steps * rows * BenchmarkModel.outputSize)
    ones.mutable.fill(1)
    mask = ones
    scratch = FloatBuffer(count: places.count)
  }

  /// Through all steps from a zero state, then the head on the last output: one forecast a series.
  func rerun() {
    forward()
    headForward(.last)
  }

  /// Squared error whose gradient is that of the sum times `scale`, added to `gradients`.
  func lossAndGradients(
    _ positions: HeadPositions, scale: Float, gradients: UnsafeMutablePointer<Float>
  ) -> LossSum {
    forward()
    headForward(positions)
    let loss = headBackward(positions, scale: scale, gradients: gradients)
    backward(gradients)
    return loss
  }
}

extension SequenceShard {
  func forward() {
    let base = address(scratch.mutable)
    for (index, layer) in model.layers.enumerated() {
      lstmForward(
        layer, packed: address(model.packed.elements), steps: steps, batch: rows,
        x: input(of: index), h: base + places.hidden(index), c: base + places.cell(index),
        gates: base + places.gates(index))
    }
  }

  func backward(_ gradients: UnsafeMutablePointer<Float>) {
    let base = address(scratch.mutable)
    var dh = base + places.dHidden
    var dx = base + places.dInput
    for index in model.layers.indices.reversed() {
      (base + places.dCell).update(repeating: 0, count: places.plane)
      lstmBackward(
        model.layers[index], packed: address(model.packed.elements), steps: steps, batch: rows,
        x: input(of: index), h: base + places.hidden(index), c: base + places.cell(index),
        gates: base + places.gates(index), dh: dh, dc: base + places.dCell,
        dh0: base + places.dHidden0, dx: index > 0 ? dx : nil, dParameters: gradients)
      swap(&dh, &dx)
    }
  }

  /// [T, B, I] of the first layer, [T, B, H] of those above: the outputs of the layer below.
  private func input(of layer: Int) -> UnsafePointer<Float> {
    if layer == 0 { return address(inputs.elements) }
    return address(scratch.elements) + places.hidden(layer - 1) + places.plane
  }

  /// The first row, in time order, that the head is applied to, and how many there are.
  private func headRows(_ positions: HeadPositions) -> (first: Int, count: Int) {
    switch positions {
    case .last: ((steps - 1) * rows, rows)
    case .every: (0, steps * rows)
    }
  }

  private func headForward(_ positions: HeadPositions) {
    let (first, count) = headRows(positions)
    let width = BenchmarkModel.hiddenSize
    linearForward(
      model.head, packed: address(model.packed.elements), rows: count,
      x: input(of: BenchmarkModel.layerCount) + first * width, xStride: width,
      y: address(scratch.mutable) + places.output + first * BenchmarkModel.outputSize,
      yStride: BenchmarkModel.outputSize)
  }

  /// Leaves the gradient of the top layer's outputs in dHidden.
  private func headBackward(
    _ positions: HeadPositions, scale: Float, gradients: UnsafeMutablePointer<Float>
  ) -> LossSum {
    let (first, count) = headRows(positions)
    let width = BenchmarkModel.hiddenSize
    let outputSize = BenchmarkModel.outputSize
    let base = address(scratch.mutable)
    let dHidden = base + places.dHidden
    let dy = base + places.output + first * outputSize
    let loss = squaredError(
      count: count * outputSize, predictions: dy,
      targets: address(targets.elements) + first * outputSize,
      mask: address(mask.elements), dPredictions: dy, gradientScale: scale)
    if positions == .last { dHidden.update(repeating: 0, count: steps * places.plane) }
    linearBackwardParameters(
      model.head, rows: count, x: input(of: BenchmarkModel.layerCount) + first * width,
      xStride: width, dy: dy, dyStride: outputSize, dParameters: gradients)
    linearBackwardInput(
      model.head, packed: address(model.packed.elements), rows: count, dy: dy,
      dyStride: outputSize, dx: dHidden + first * width, dxStride: width)
    return loss
  }
}

// Safety: one task of a team works on a shard at a time.
extension SequenceShard: @unchecked Sendable {}

/// Offsets of a pass's activations and gradients inside one buffer.
private struct SequencePlaces {
  let plane: Int
  let output: Int  // [T, B, O], then its gradient
  let dHidden: Int  // [T, B, H]
  let dInput: Int  // [T, B, H]
  let dCell: Int  // [B, H]
  let dHidden0: Int  // [B, H]
  let count: Int
  private let steps: Int

  init(steps: Int, rows: Int) {
    self.steps = steps
    plane = rows * BenchmarkModel.hiddenSize
    output = BenchmarkModel.layerCount * (2 * (steps + 1) + 4 * steps) * plane
    dHidden = output + steps * rows * BenchmarkModel.outputSize
    dInput = dHidden + steps * plane
    dCell = dInput + steps * plane
    dHidden0 = dCell + plane
    count = dHidden0 + plane
  }

  func hidden(_ layer: Int) -> Int { layer * (2 * (steps + 1) + 4 * steps) * plane }  // [T+1, B, H]
  func cell(_ layer: Int) -> Int { hidden(layer) + (steps + 1) * plane }  // [T+1, B, H]
  func gates(_ layer: Int) -> Int { cell(layer) + (steps + 1) * plane }  // [T, B, 4H]
}
