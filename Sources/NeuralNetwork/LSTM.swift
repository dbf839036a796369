import Numerics

/// One layer of PyTorch's `nn.LSTM`: gate order i, f, g, o and two biases.
///
///     i, f, o = σ(W_ih x + b_ih + W_hh h + b_hh)     g = tanh(same)
///     c = f·c₋₁ + i·g                                h = o·tanh(c)
///
/// - Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000).
package struct LSTMLayer: Sendable {
  package let inputSize: Int
  package let hiddenSize: Int
  /// Offsets in the flat buffer of parameters: [4H, I], [4H, H], [4H], [4H].
  package let weightIH: Int
  package let weightHH: Int
  package let biasIH: Int
  package let biasHH: Int
  /// In the packed storage.
  let forwardInput: PackedMatrix
  let forwardHidden: PackedMatrix
  let backwardInput: PackedMatrix
  let backwardHidden: PackedMatrix
  let packedBias: Int

  /// Appends `<prefix>.weight_ih_l<index>` and its three siblings to the layout.
  package init(
    prefix: String, index: Int, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout, packing: inout PackedStorageLayout
  ) {
    precondition(inputSize >= 1 && hiddenSize >= 1)
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    let gates = 4 * hiddenSize
    weightIH = layout.append("\(prefix).weight_ih_l\(index)", gates, inputSize).offset
    weightHH = layout.append("\(prefix).weight_hh_l\(index)", gates, hiddenSize).offset
    biasIH = layout.append("\(prefix).bias_ih_l\(index)", gates).offset
    biasHH = layout.append("\(prefix).bias_hh_l\(index)", gates).offset
    forwardInput = packing.matrix(depth: inputSize, columns: gates)
    forwardHidden = packing.matrix(depth: hiddenSize, columns: gates)
    backwardInput = packing.matrix(depth: gates, columns: inputSize)
    backwardHidden = packing.matrix(depth: gates, columns: hiddenSize)
    packedBias = packing.vector(gates)
  }

  /// Copies the parameters to the packed storage; due after every change of the parameters.
  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    forwardInput.packTransposed(parameters + weightIH, into: packed)
    forwardHidden.packTransposed(parameters + weightHH, into: packed)
    backwardInput.pack(parameters + weightIH, into: packed)
    backwardHidden.pack(parameters + weightHH, into: packed)
    for index in 0..<(4 * hiddenSize) {
      packed[packedBias + index] = parameters[biasIH + index] + parameters[biasHH + index]
    }
  }
}

/// One step of independent rows whose state is replaced in place.
///
/// - Shape: x [rows, I], h, c [rows, H] with strides, gates scratch [rows, 4H]
package func lstmStep(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, rows: Int,
  x: UnsafePointer<Float>, xStride: Int,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, stateStride: Int,
  gates: UnsafeMutablePointer<Float>
) {
  let width = 4 * layer.hiddenSize
  layer.forwardInput.multiply(
    rows: rows, x, stride: xStride, storage: packed, bias: packed + layer.packedBias,
    into: gates, stride: width)
  layer.forwardHidden.multiplyAdding(
    rows: rows, h, stride: stateStride, storage: packed, into: gates, stride: width)
  VectorKernels.current.lstmForward(
    rows: rows, hidden: layer.hiddenSize, gates: gates, gatesStride: width,
    cPrevious: c, cPreviousStride: stateStride, c: c, cStride: stateStride,
    h: h, hStride: stateStride)
}

/// A whole sequence: same bits as T calls of `lstmStep`.
///
/// - Shape: x [T, B, I], h, c [T+1, B, H] with the initial state at index 0, gates [T, B, 4H] left
///   activated for the backward pass
package func lstmForward(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>,
  h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>,
  gates: UnsafeMutablePointer<Float>
) {
  let hidden = layer.hiddenSize
  let width = 4 * hidden
  // The input's part of all steps in one product; it does not wait for the recurrence.
  layer.forwardInput.multiply(
    rows: steps * batch, x, stride: layer.inputSize, storage: packed,
    bias: packed + layer.packedBias, into: gates, stride: width)
  for t in 0..<steps {
    let before = t * batch * hidden
    let after = before + batch * hidden
    let gatesNow = gates + t * batch * width
    layer.forwardHidden.multiplyAdding(
      rows: batch, h + before, stride: hidden, storage: packed, into: gatesNow, stride: width)
    VectorKernels.current.lstmForward(
      rows: batch, hidden: hidden, gates: gatesNow, gatesStride: width,
      cPrevious: c + before, cPreviousStride: hidden, c: c + after, cStride: hidden,
      h: h + after, hStride: hidden)
  }
}

/// Back-propagation through time over the activations that `lstmForward` left.
///
/// With dh the gradient reaching h from above plus, from step t+1, dgates · W_hh:
///
///     do = dh·tanh(c)           dc += dh·o·(1 − tanh²(c))
///     di = dc·g   df = dc·c₋₁   dg = dc·i      dc₋₁ = dc·f
///
/// - Shape: x [T, B, I]; h, c [T+1, B, H]; gates [T, B, 4H], overwritten by their gradients;
///   dh [T, B, H]: gradient of the outputs, overwritten by the total;
///   dc [B, H]: gradient of the last cell state in, of the first out; dh0 [B, H] out;
///   dx [T, B, I] out, or nil; dParameters: the flat buffer of all gradients, added to
package func lstmBackward(
  _ layer: LSTMLayer, packed: UnsafePointer<Float>, steps: Int, batch: Int,
  x: UnsafePointer<Float>, h: UnsafePointer<Float>, c: UnsafePointer<Float>,
  gates: UnsafeMutablePointer<Float>,
  dh: UnsafeMutablePointer<Float>, dc: UnsafeMutablePointer<Float>,
  dh0: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
  dParameters: UnsafeMutablePointer<Float>
) {
  let hidden = layer.hiddenSize
  let width = 4 * hidden
  let plane = batch * hidden
  for t in stride(from: steps - 1, through: 0, by: -1) {
    let dGates = gates + t * batch * width
    VectorKernels.current.lstmBackward(
      rows: batch, hidden: hidden, gates: dGates, cPrevious: c + t * plane,
      c: c + (t + 1) * plane, dh: dh + t * plane, dc: dc)
    // Both biases are added to the same sum, so both get its gradient; here it is still in cache.
    VectorKernels.current.accumulateColumns(
      dGates, rows: batch, columns: width, stride: width, into: dParameters + layer.biasIH)
    VectorKernels.current.accumulateColumns(
      dGates, rows: batch, columns: width, stride: width, into: dParameters + layer.biasHH)
    if t > 0 {
      layer.backwardHidden.multiplyAdding(
        rows: batch, dGates, stride: width, storage: packed,
        into: dh + (t - 1) * plane, stride: hidden)
    } else {
      layer.backwardHidden.multiply(
        rows: batch, dGates, stride: width, storage: packed, bias: nil, into: dh0, stride: hidden)
    }
  }
  let rows = steps * batch
  BLAS.multiply(
    rows: width, columns: layer.inputSize, depth: rows, gates, stride: width, transposed: true,
    x, stride: layer.inputSize,
    beta: 1, into: dParameters + layer.weightIH, stride: layer.inputSize)
  BLAS.multiply(
    rows: width, columns: hidden, depth: rows, gates, stride: width, transposed: true,
    h, stride: hidden, beta: 1, into: dParameters + layer.weightHH, stride: hidden)
  if let dx {
    layer.backwardInput.multiply(
      rows: rows, gates, stride: width, storage: packed, bias: nil, into: dx,
      stride: layer.inputSize)
  }
}
