import NeuralNetwork
import Numerics

extension ForecastNetwork {
  /// The head's loss over all positions, block by block so that activations stay in cache; where
  /// gradients are wanted, each block's backward pass follows its forward pass at once, and the
  /// gradient of the top layer's outputs is left at places.dHidden.
  func headLoss(
    _ chunk: borrowing ForecastTrainingChunk, packed: UnsafePointer<Float>,
    places: ForecastTrainingPlaces, scratch: UnsafeMutablePointer<Float>,
    gradients: UnsafeMutablePointer<Float>?, scale: Float
  ) -> LossSum {
    guard let context = chunk.context.elements.baseAddress,
      let bases = chunk.bases.elements.baseAddress,
      let targets = chunk.targets.elements.baseAddress,
      let mask = chunk.mask.elements.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    let capacity = ForecastTrainingWorkspace.headRows
    let block = ForecastHeadBlock(shape, rows: capacity, at: scratch + places.head)
    let dBlock = ForecastHeadGradients(shape, rows: capacity, at: scratch + places.dHead)
    let outputs = scratch + places.hidden(shape.layerCount - 1) + places.plane
    let dOutputs = scratch + places.dHidden
    if gradients != nil { dOutputs.update(repeating: 0, count: chunk.steps * places.plane) }
    var total = LossSum()
    let all = chunk.positions.count * chunk.batch
    for first in stride(from: 0, to: all, by: capacity) {
      let rows = min(capacity, all - first)
      for row in 0..<rows {
        // Rows are position-major: [P, B].
        let (position, series) = (first + row).quotientAndRemainder(dividingBy: chunk.batch)
        let x = block.x + row * shape.headInputSize
        let place = (chunk.positions[position] * chunk.batch + series) * shape.hiddenSize
        x.update(from: outputs + place, count: shape.hiddenSize)
        (x + shape.hiddenSize).update(
          from: context + (first + row) * shape.contextSize, count: shape.contextSize)
      }
      let blockBases = bases + first * shape.baseCount * shape.horizon
      headForward(block, packed: packed, rows: rows, bases: blockBases)
      total += blockLoss(
        block, gradients == nil ? nil : dBlock, rows: rows,
        targets: targets + first * shape.horizon, mask: mask + first * shape.horizon,
        scale: scale)
      guard let gradients else { continue }
      headBackward(
        block, dBlock, packed: packed, rows: rows, bases: blockBases, gradients: gradients)
      for row in 0..<rows {
        let (position, series) = (first + row).quotientAndRemainder(dividingBy: chunk.batch)
        let place = (chunk.positions[position] * chunk.batch + series) * shape.hiddenSize
        (dOutputs + place).update(
          from: dBlock.dx + row * shape.headInputSize, count: shape.hiddenSize)
      }
    }
    return total
  }

  private func blockLoss(
    _ block: ForecastHeadBlock, _ dBlock: ForecastHeadGradients?, rows: Int,
    targets: UnsafePointer<Float>, mask: UnsafePointer<Float>, scale: Float
  ) -> LossSum {
    let zStride = shape.outputSize + shape.baseCount
    return shape.quantiles.withUnsafeBufferPointer { quantiles in
      pinballLoss(
        rows: rows, steps: shape.horizon, quantiles: quantiles,
        predictions: block.z, predictionsStride: zStride, targets: targets, mask: mask,
        dPredictions: dBlock?.dz, dStride: zStride, gradientScale: scale)
    }
  }

  /// From dBlock.dz, whose gate columns are filled here, to dBlock.dx and the head's gradients.
  private func headBackward(
    _ block: ForecastHeadBlock, _ dBlock: ForecastHeadGradients, packed: UnsafePointer<Float>,
    rows: Int, bases: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let width = shape.headWidth
    let zStride = shape.outputSize + shape.baseCount
    for row in 0..<rows {
      gateBackward(
        gate: block.z + row * zStride + shape.outputSize,
        bases: bases + row * shape.baseCount * shape.horizon, dz: dBlock.dz + row * zStride)
    }
    linearBackwardParameters(
      parts.headOutput, rows: rows, x: block.v, xStride: width, dy: dBlock.dz, dyStride: zStride,
      dParameters: gradients)
    linearBackwardInput(
      parts.headOutput, packed: packed, rows: rows, dy: dBlock.dz, dyStride: zStride,
      dx: dBlock.dv, dxStride: width)
    // v = u + silu(hiddenPre): dv is also the residual's part of du.
    siluBackward(block.hiddenPre, dy: dBlock.dv, dx: dBlock.dPre, count: rows * width)
    linearBackwardParameters(
      parts.headHidden, rows: rows, x: block.u, xStride: width, dy: dBlock.dPre, dyStride: width,
      dParameters: gradients)
    linearBackwardInputAdding(
      parts.headHidden, packed: packed, rows: rows, dy: dBlock.dPre, dyStride: width,
      dx: dBlock.dv, dxStride: width)
    siluBackward(block.inputPre, dy: dBlock.dv, dx: dBlock.dPre, count: rows * width)
    linearBackwardParameters(
      parts.headInput, rows: rows, x: block.x, xStride: shape.headInputSize, dy: dBlock.dPre,
      dyStride: width, dParameters: gradients)
    linearBackwardInput(
      parts.headInput, packed: packed, rows: rows, dy: dBlock.dPre, dyStride: width,
      dx: dBlock.dx, dxStride: shape.headInputSize)
  }

  /// dgₖ = Σₙ base[k, n] · Σ_q dz[n, q], then through the softmax, into dz's last K columns.
  private func gateBackward(
    gate: UnsafePointer<Float>, bases: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>
  ) {
    let levels = shape.quantiles.count
    let dGate = dz + shape.outputSize
    dGate.update(repeating: 0, count: shape.baseCount)
    for n in 0..<shape.horizon {
      var slope: Float = 0
      for q in 0..<levels { slope += dz[n * levels + q] }
      // A step without gradient (masked) says nothing, whatever its bases are, NaN included.
      if slope == 0 { continue }
      for k in 0..<shape.baseCount { dGate[k] += slope * bases[k * shape.horizon + n] }
    }
    softmaxBackwardRow(columns: shape.baseCount, y: gate, dy: dGate, dx: dGate)
  }
}

/// Places of the gradients of a block of rows of the head.
struct ForecastHeadGradients {
  let dz: UnsafeMutablePointer<Float>  // [rows, N·Q + K]
  let dv: UnsafeMutablePointer<Float>  // [rows, 2H], becomes du
  let dPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let dx: UnsafeMutablePointer<Float>  // [rows, H+C]

  init(_ shape: ForecastNetworkShape, rows: Int, at base: UnsafeMutablePointer<Float>) {
    dz = base
    dv = dz + rows * (shape.outputSize + shape.baseCount)
    dPre = dv + rows * shape.headWidth
    dx = dPre + rows * shape.headWidth
  }
}
