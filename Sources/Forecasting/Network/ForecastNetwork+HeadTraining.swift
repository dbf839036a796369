import NeuralNetwork
import Numerics

/// What a pass over a chunk works with.
struct ForecastTrainingPass {
  let packed: UnsafePointer<Float>
  let statistics: UnsafePointer<Float>
  let places: ForecastTrainingPlaces
  let scratch: UnsafeMutablePointer<Float>
  /// Outputs of the top layer, [T, B, H].
  let outputs: UnsafePointer<Float>
  /// The flat buffer of gradients, or nil where only the loss is wanted.
  let gradients: UnsafeMutablePointer<Float>?
  /// The statistics as they will be after this chunk.
  let running: UnsafeMutablePointer<Float>
  let scale: Float
}

extension ForecastNetwork {
  /// The head's loss over all positions, block by block so that activations stay in cache; where
  /// gradients are wanted, each block's backward pass follows its forward pass at once, and the
  /// gradient of the top layer's outputs is left at places.dOutputs.
  func headLoss(
    _ chunk: borrowing ForecastTrainingChunk, _ pass: ForecastTrainingPass
  ) -> LossSum {
    guard let context = chunk.context.elements.baseAddress,
      let bases = chunk.bases.elements.baseAddress,
      let targets = chunk.targets.elements.baseAddress,
      let mask = chunk.mask.elements.baseAddress
    else { preconditionFailure("a FloatBuffer has an address, whatever its count") }
    let capacity = ForecastTrainingWorkspace.headRows
    let places = pass.places
    let (hidden, inputs) = (shape.hiddenSize, shape.headInputSize)
    let block = ForecastHeadBlock(shape, rows: capacity, at: pass.scratch + places.head)
    let dBlock = ForecastHeadGradients(shape, rows: capacity, at: pass.scratch + places.dHead)
    let features = gatherOrigins(chunk, pass, mask: mask)
    let dFeatures = pass.scratch + places.dFeatures
    let errors = pass.scratch + places.errors
    errors.update(repeating: 0, count: 2 * shape.horizon)
    var total = LossSum()
    let all = chunk.positions.count * chunk.batch
    for first in stride(from: 0, to: all, by: capacity) {
      let rows = min(capacity, all - first)
      for row in 0..<rows {
        let x = block.x + row * inputs
        x.update(from: features + (first + row) * hidden, count: hidden)
        (x + hidden).update(
          from: context + (first + row) * shape.contextSize, count: inputs - hidden)
      }
      let blockBases = bases + first * shape.baseCount * shape.horizon
      let blockTargets = targets + first * shape.horizon
      let blockMask = mask + first * shape.horizon
      headForward(block, packed: pass.packed, rows: rows, bases: blockBases)
      guard let gradients = pass.gradients else {
        total += blockScore(
          block, pass, rows: rows, targets: blockTargets, mask: blockMask)
        continue
      }
      total += blockLoss(
        block, dBlock, rows: rows, targets: blockTargets, mask: blockMask, scale: pass.scale,
        errors: errors)
      headBackward(
        block, dBlock, packed: pass.packed, rows: rows, bases: blockBases, gradients: gradients)
      for row in 0..<rows {
        (dFeatures + (first + row) * hidden).update(from: dBlock.dx + row * inputs, count: hidden)
      }
    }
    if let gradients = pass.gradients {
      updateErrorVariance(errors, running: pass.running)
      scatterOrigins(chunk, pass, gradients: gradients)
    }
    return total
  }

  /// The training's loss and its gradient, dBlock.dz but for the gate's columns.
  private func blockLoss(
    _ block: ForecastHeadBlock, _ dBlock: ForecastHeadGradients, rows: Int,
    targets: UnsafePointer<Float>, mask: UnsafePointer<Float>, scale: Float,
    errors: UnsafeMutablePointer<Float>
  ) -> LossSum {
    let (zStride, horizon) = (shape.headColumns, shape.horizon)
    switch shape.architecture.loss {
    case .quantile:
      return shape.quantiles.withUnsafeBufferPointer { quantiles in
        pinballLoss(
          rows: rows, steps: horizon, quantiles: quantiles,
          predictions: block.z, predictionsStride: zStride, targets: targets, mask: mask,
          dPredictions: dBlock.dz, dStride: zStride, gradientScale: scale)
      }
    case .studentT:
      studentTHeadForward(
        rows: rows, steps: horizon, raw: block.z, rawStride: zStride,
        parameters: block.distribution, parametersStride: shape.headOutputSize)
      guard isFinite(block.distribution, count: rows * shape.headOutputSize) else {
        dBlock.dz.update(repeating: .nan, count: rows * zStride)
        return LossSum(sum: .nan, count: 1)
      }
      let loss = studentTLoss(
        rows: rows, steps: horizon, parameters: block.distribution,
        parametersStride: shape.headOutputSize, targets: targets, mask: mask,
        dParameters: dBlock.dz, dStride: zStride, gradientScale: scale)
      studentTHeadBackward(
        rows: rows, steps: horizon, raw: block.z, rawStride: zStride, dParameters: dBlock.dz,
        dRaw: dBlock.dz, dStride: zStride)
      return loss
    case .squared:
      var total = LossSum()
      for row in 0..<rows {
        let (z, target) = (block.z + row * zStride, targets + row * horizon)
        total += squaredError(
          count: horizon, predictions: z, targets: target, mask: mask + row * horizon,
          dPredictions: dBlock.dz + row * zStride, gradientScale: scale)
        for n in 0..<horizon where mask[row * horizon + n] != 0 {
          errors[n] += (z[n] - target[n]) * (z[n] - target[n])
          errors[horizon + n] += 1
        }
      }
      return total
    }
  }

  private func isFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
    for index in 0..<count where !values[index].isFinite { return false }
    return true
  }

  /// Pinball loss of the quantiles, whatever the training's loss: what models are compared by.
  private func blockScore(
    _ block: ForecastHeadBlock, _ pass: ForecastTrainingPass, rows: Int,
    targets: UnsafePointer<Float>, mask: UnsafePointer<Float>
  ) -> LossSum {
    let (values, stride) = headQuantiles(block, statistics: pass.statistics, rows: rows)
    return shape.quantiles.withUnsafeBufferPointer { quantiles in
      pinballLoss(
        rows: rows, steps: shape.horizon, quantiles: quantiles,
        predictions: values, predictionsStride: stride, targets: targets, mask: mask,
        dPredictions: nil, dStride: 0, gradientScale: 0)
    }
  }

  /// The variance of each step's errors is an exponentially weighted mean over chunks.
  private func updateErrorVariance(
    _ errors: UnsafePointer<Float>, running: UnsafeMutablePointer<Float>
  ) {
    guard let place = parts.errorVariance else { return }
    for n in 0..<shape.horizon where errors[shape.horizon + n] > 0 {
      let mean = errors[n] / errors[shape.horizon + n]
      if mean.isFinite { running[place + n] += 0.05 * (mean - running[place + n]) }
    }
  }

  /// From dBlock.dz, whose gate columns are filled here, to dBlock.dx and the head's gradients.
  private func headBackward(
    _ block: ForecastHeadBlock, _ dBlock: ForecastHeadGradients, packed: UnsafePointer<Float>,
    rows: Int, bases: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let width = shape.headWidth
    let zStride = shape.headColumns
    guard let headInput = parts.headInput, let headHidden = parts.headHidden else {
      linearBackwardParameters(
        parts.headOutput, rows: rows, x: block.x, xStride: shape.headInputSize, dy: dBlock.dz,
        dyStride: zStride, dParameters: gradients)
      return linearBackwardInput(
        parts.headOutput, packed: packed, rows: rows, dy: dBlock.dz, dyStride: zStride,
        dx: dBlock.dx, dxStride: shape.headInputSize)
    }
    for row in 0..<rows {
      gateBackward(
        gate: block.z + row * zStride + shape.headOutputSize,
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
      headHidden, rows: rows, x: block.u, xStride: width, dy: dBlock.dPre, dyStride: width,
      dParameters: gradients)
    linearBackwardInputAdding(
      headHidden, packed: packed, rows: rows, dy: dBlock.dPre, dyStride: width,
      dx: dBlock.dv, dxStride: width)
    siluBackward(block.inputPre, dy: dBlock.dv, dx: dBlock.dPre, count: rows * width)
    linearBackwardParameters(
      headInput, rows: rows, x: block.x, xStride: shape.headInputSize, dy: dBlock.dPre,
      dyStride: width, dParameters: gradients)
    linearBackwardInput(
      headInput, packed: packed, rows: rows, dy: dBlock.dPre, dyStride: width,
      dx: dBlock.dx, dxStride: shape.headInputSize)
  }

  /// dgₖ = Σₙ base[k, n] · Σ_w dz[n, w], then through the softmax, into dz's last K columns.
  private func gateBackward(
    gate: UnsafePointer<Float>, bases: UnsafePointer<Float>, dz: UnsafeMutablePointer<Float>
  ) {
    let width = shape.stepWidth
    let columns = shape.locationColumns
    let dGate = dz + shape.headOutputSize
    dGate.update(repeating: 0, count: shape.baseCount)
    for n in 0..<shape.horizon {
      var slope: Float = 0
      for q in columns { slope += dz[n * width + q] }
      // A masked step has no gradient, and no influence even where its bases are NaN.
      if slope == 0 { continue }
      for k in 0..<shape.baseCount { dGate[k] += slope * bases[k * shape.horizon + n] }
    }
    softmaxBackwardRow(columns: shape.baseCount, y: gate, dy: dGate, dx: dGate)
  }
}

/// Places of the gradients of a block of rows of the head.
struct ForecastHeadGradients {
  let dz: UnsafeMutablePointer<Float>  // [rows, N·W + K]
  let dv: UnsafeMutablePointer<Float>  // [rows, 2H], becomes du
  let dPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let dx: UnsafeMutablePointer<Float>  // [rows, H+C]

  init(_ shape: ForecastNetworkShape, rows: Int, at base: UnsafeMutablePointer<Float>) {
    dz = base
    dv = dz + rows * shape.headColumns
    dPre = dv + rows * shape.headWidth
    dx = dPre + rows * shape.headWidth
  }
}
