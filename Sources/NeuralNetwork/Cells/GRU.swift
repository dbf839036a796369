package import Numerics

/// A layer of PyTorch's `nn.GRU`: gate order r, z, n, and b_hn inside the product with r.
///
///     r, z = σ(W_ih x + b_ih + W_hh h₋₁ + b_hh)
///     n    = tanh(W_in x + b_in + r·p)     p = W_hn h₋₁ + b_hn
///     h    = (1 − z)·n + z·h₋₁
///
/// Backward, with dh the gradient reaching h and a bar for gradients before the activation:
///
///     n̄ = dh·(1 − z)·(1 − n²)    z̄ = dh·(h₋₁ − n)·z·(1 − z)    r̄ = n̄·p·r·(1 − r)    dp = n̄·r
///     dh₋₁ = dh·z + [r̄, z̄, dp] · W_hh
///
/// The tape is [n, r, z, p], then [n̄, r̄, z̄, dp]: in this order what the recurrence reads is in
/// one piece, so that each step is one product, forward and backward.
///
/// - Source: Cho et al. (2014) in the variant of PyTorch and cuDNN, which resets after the product.
package struct GRULayer: RecurrentCell {
  package let inputSize: Int
  package let hiddenSize: Int
  package let parameters: RecurrentParameters
  /// In the packed storage. The input's rows for n are apart from those for r and z.
  let forwardInputGates: PackedMatrix
  let forwardInputNew: PackedMatrix
  let forwardHidden: PackedMatrix
  let backwardInputGates: PackedMatrix
  let backwardInputNew: PackedMatrix
  let backwardHidden: PackedMatrix
  /// b_ih + b_hh of r and z; b_in; b_hn.
  let packedGateBias: Int
  let packedNewBias: Int
  let packedHiddenBias: Int

  package init(
    prefix: String, suffix: String, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout, packing: inout PackedStorageLayout
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    let gates = 3 * hiddenSize
    parameters = RecurrentParameters(
      prefix: prefix, suffix: suffix, gates: gates, inputSize: inputSize, hiddenSize: hiddenSize,
      layout: &layout)
    forwardInputGates = packing.matrix(depth: inputSize, columns: 2 * hiddenSize)
    forwardInputNew = packing.matrix(depth: inputSize, columns: hiddenSize)
    forwardHidden = packing.matrix(depth: hiddenSize, columns: gates)
    backwardInputGates = packing.matrix(depth: 2 * hiddenSize, columns: inputSize)
    backwardInputNew = packing.matrix(depth: hiddenSize, columns: inputSize)
    backwardHidden = packing.matrix(depth: gates, columns: hiddenSize)
    packedGateBias = packing.vector(2 * hiddenSize)
    packedNewBias = packing.vector(hiddenSize)
    packedHiddenBias = packing.vector(hiddenSize)
  }

  package var cellSize: Int { 0 }
  package var tapeSize: Int { 4 * hiddenSize }

  /// W_ih's rows for n, which are behind those of r and z.
  private var weightIN: Int { weightIH + 2 * hiddenSize * inputSize }

  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    forwardInputGates.packTransposed(parameters + weightIH, into: packed)
    forwardInputNew.packTransposed(parameters + weightIN, into: packed)
    forwardHidden.packTransposed(parameters + weightHH, into: packed)
    backwardInputGates.pack(parameters + weightIH, into: packed)
    backwardInputNew.pack(parameters + weightIN, into: packed)
    backwardHidden.pack(parameters + weightHH, into: packed)
    let gates = 2 * hiddenSize
    for index in 0..<gates {
      packed[packedGateBias + index] = parameters[biasIH + index] + parameters[biasHH + index]
    }
    for index in 0..<hiddenSize {
      packed[packedNewBias + index] = parameters[biasIH + gates + index]
      packed[packedHiddenBias + index] = parameters[biasHH + gates + index]
    }
  }

  /// The tape filled with what does not depend on the state.
  private func projectInput(
    packed: UnsafePointer<Float>, rows: Int, x: UnsafePointer<Float>, xStride: Int,
    tape: UnsafeMutablePointer<Float>
  ) {
    forwardInputNew.multiply(
      rows: rows, x, stride: xStride, storage: packed, bias: packed + packedNewBias, into: tape,
      stride: tapeSize)
    forwardInputGates.multiply(
      rows: rows, x, stride: xStride, storage: packed, bias: packed + packedGateBias,
      into: tape + hiddenSize, stride: tapeSize)
    for row in 0..<rows {
      (tape + row * tapeSize + 3 * hiddenSize).update(
        from: packed + packedHiddenBias, count: hiddenSize)
    }
  }

  package func advance(
    packed: UnsafePointer<Float>, rows: Int, x: UnsafePointer<Float>, xStride: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>,
    h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, hStride: Int, cStride: Int,
    tape: UnsafeMutablePointer<Float>, keepsTape: Bool
  ) {
    projectInput(packed: packed, rows: rows, x: x, xStride: xStride, tape: tape)
    forwardHidden.multiplyAdding(
      rows: rows, hPrevious, stride: hStride, storage: packed, into: tape + hiddenSize,
      stride: tapeSize)
    VectorKernels.current.gruForward(
      rows: rows, hidden: hiddenSize, gates: tape, gatesStride: tapeSize,
      hPrevious: hPrevious, hPreviousStride: hStride, h: h, hStride: hStride)
  }

  package func retreat(
    packed: UnsafePointer<Float>, rows: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>, c: UnsafePointer<Float>,
    dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>,
    tape: UnsafeMutablePointer<Float>, dhPrevious: UnsafeMutablePointer<Float>,
    dParameters: UnsafeMutablePointer<Float>
  ) {
    let kernels = VectorKernels.current
    kernels.gruBackward(
      rows: rows, hidden: hiddenSize, gates: tape, hPrevious: hPrevious, dh: dh,
      dhPrevious: dhPrevious)
    let gates = 2 * hiddenSize
    // [r̄, z̄] to both biases; n̄ to the input's, dp to the hidden one's.
    kernels.accumulateColumns(
      tape + hiddenSize, rows: rows, columns: gates, stride: tapeSize, into: dParameters + biasIH)
    kernels.accumulateColumns(
      tape, rows: rows, columns: hiddenSize, stride: tapeSize,
      into: dParameters + biasIH + gates)
    kernels.accumulateColumns(
      tape + hiddenSize, rows: rows, columns: 3 * hiddenSize, stride: tapeSize,
      into: dParameters + biasHH)
    backwardHidden.multiplyAdding(
      rows: rows, tape + hiddenSize, stride: tapeSize, storage: packed, into: dhPrevious,
      stride: hiddenSize)
  }

  package func accumulateWeightGradients(
    rows: Int, x: UnsafePointer<Float>, xStride: Int, hPrevious: UnsafePointer<Float>,
    tape: UnsafePointer<Float>, dParameters: UnsafeMutablePointer<Float>
  ) {
    let kernels = VectorKernels.current
    kernels.multiplyTransposed(
      rows: rows, m: 2 * hiddenSize, n: inputSize, tape + hiddenSize, stride: tapeSize,
      x, stride: xStride, addingTo: dParameters + weightIH, stride: inputSize)
    kernels.multiplyTransposed(
      rows: rows, m: hiddenSize, n: inputSize, tape, stride: tapeSize, x, stride: xStride,
      addingTo: dParameters + weightIN, stride: inputSize)
    kernels.multiplyTransposed(
      rows: rows, m: 3 * hiddenSize, n: hiddenSize, tape + hiddenSize, stride: tapeSize,
      hPrevious, stride: hiddenSize, addingTo: dParameters + weightHH, stride: hiddenSize)
  }

  package func projectBack(
    packed: UnsafePointer<Float>, rows: Int, tape: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxStride: Int
  ) {
    backwardInputGates.multiply(
      rows: rows, tape + hiddenSize, stride: tapeSize, storage: packed, bias: nil, into: dx,
      stride: dxStride)
    backwardInputNew.multiplyAdding(
      rows: rows, tape, stride: tapeSize, storage: packed, into: dx, stride: dxStride)
  }

  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    UnsafeMutableBufferPointer(rebasing: parameters[parameterRange])
      .fillUniform(fanIn: hiddenSize, using: &generator)
  }
}
