package import Numerics

/// A layer of PyTorch's `nn.LSTM`: gate order i, f, g, o and two biases.
///
///     i, f, o = σ(W_ih x + b_ih + W_hh h₋₁ + b_hh)     g = tanh(same)
///     c = f·c₋₁ + i·g                                  h = o·tanh(c)
///
/// Backward, with dh the gradient reaching h from above and from the step after:
///
///     do = dh·tanh(c)           dc += dh·o·(1 − tanh²(c))
///     di = dc·g   df = dc·c₋₁   dg = dc·i      dc₋₁ = dc·f      dh₋₁ = dgates · W_hh
///
/// The tape is the four activated gates.
///
/// - Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000).
package struct LSTMLayer: RecurrentCell {
  package let inputSize: Int
  package let hiddenSize: Int
  package let parameters: RecurrentParameters
  /// In the packed storage.
  let forwardInput: PackedMatrix
  let forwardHidden: PackedMatrix
  let backwardInput: PackedMatrix
  let backwardHidden: PackedMatrix
  let packedBias: Int

  package init(
    prefix: String, suffix: String, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout, packing: inout PackedStorageLayout
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    let gates = 4 * hiddenSize
    parameters = RecurrentParameters(
      prefix: prefix, suffix: suffix, gates: gates, inputSize: inputSize, hiddenSize: hiddenSize,
      layout: &layout)
    forwardInput = packing.matrix(depth: inputSize, columns: gates)
    forwardHidden = packing.matrix(depth: hiddenSize, columns: gates)
    backwardInput = packing.matrix(depth: gates, columns: inputSize)
    backwardHidden = packing.matrix(depth: gates, columns: hiddenSize)
    packedBias = packing.vector(gates)
  }

  /// Layer `index` of a unidirectional stack.
  package init(
    prefix: String, index: Int, inputSize: Int, hiddenSize: Int,
    layout: inout ParameterLayout, packing: inout PackedStorageLayout
  ) {
    self.init(
      prefix: prefix, suffix: "l\(index)", inputSize: inputSize, hiddenSize: hiddenSize,
      layout: &layout, packing: &packing)
  }

  package var cellSize: Int { hiddenSize }
  package var tapeSize: Int { 4 * hiddenSize }

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

  package func advance(
    packed: UnsafePointer<Float>, rows: Int, x: UnsafePointer<Float>, xStride: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>,
    h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, hStride: Int, cStride: Int,
    tape: UnsafeMutablePointer<Float>, keepsTape: Bool
  ) {
    VectorKernels.current.lstmCell(
      rows: rows, hidden: hiddenSize, x: x, xStride: xStride, input: forwardInput,
      recurrent: forwardHidden, storage: packed, bias: packed + packedBias,
      hPrevious: hPrevious, hPreviousStride: hStride, gates: tape, keepsGates: keepsTape,
      cPrevious: cPrevious, cPreviousStride: cStride, c: c, cStride: cStride,
      h: h, hStride: hStride)
  }

  package func retreat(
    packed: UnsafePointer<Float>, rows: Int,
    hPrevious: UnsafePointer<Float>, cPrevious: UnsafePointer<Float>, c: UnsafePointer<Float>,
    dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>,
    tape: UnsafeMutablePointer<Float>, dhPrevious: UnsafeMutablePointer<Float>,
    dParameters: UnsafeMutablePointer<Float>
  ) {
    VectorKernels.current.lstmBackward(
      rows: rows, hidden: hiddenSize, gates: tape, cPrevious: cPrevious, c: c, dh: dh, dc: dc)
    // Both biases are added to the same sum, so both get its gradient; here it is still in cache.
    VectorKernels.current.accumulateColumns(
      tape, rows: rows, columns: tapeSize, stride: tapeSize, into: dParameters + biasIH,
      and: dParameters + biasHH)
    backwardHidden.multiplyAdding(
      rows: rows, tape, stride: tapeSize, storage: packed, into: dhPrevious, stride: hiddenSize)
  }

  package func accumulateWeightGradients(
    rows: Int, x: UnsafePointer<Float>, xStride: Int, hPrevious: UnsafePointer<Float>,
    tape: UnsafePointer<Float>, dParameters: UnsafeMutablePointer<Float>
  ) {
    VectorKernels.current.multiplyTransposed(
      rows: rows, m: tapeSize, n: inputSize, tape, stride: tapeSize, x, stride: xStride,
      addingTo: dParameters + weightIH, stride: inputSize)
    VectorKernels.current.multiplyTransposed(
      rows: rows, m: tapeSize, n: hiddenSize, tape, stride: tapeSize, hPrevious,
      stride: hiddenSize, addingTo: dParameters + weightHH, stride: hiddenSize)
  }

  package func projectBack(
    packed: UnsafePointer<Float>, rows: Int, tape: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxStride: Int
  ) {
    backwardInput.multiply(
      rows: rows, tape, stride: tapeSize, storage: packed, bias: nil, into: dx, stride: dxStride)
  }

  /// With a forget bias of 1, so that the cell remembers at the start.
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    NeuralNetwork.initialize(self, parameters, forgetBias: 1, using: &generator)
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
  cellStep(
    layer, packed: packed, rows: rows, x: x, xStride: xStride, h: h, c: c, hStride: stateStride,
    cStride: stateStride, tape: gates)
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
  sequenceForward(
    layer, packed: packed, SequenceBatch(steps: steps, batch: batch), x: x,
    xStride: layer.inputSize, h: h, c: c, tape: gates)
}

/// Back-propagation through time over the activations that `lstmForward` left.
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
  sequenceBackward(
    layer, packed: packed, SequenceBatch(steps: steps, batch: batch), x: x,
    xStride: layer.inputSize, h: h, c: c, tape: gates, dh: dh, dc: dc, dh0: dh0, dx: dx,
    dxStride: layer.inputSize, dParameters: dParameters)
}
