package import Numerics

/// A layer of PyTorch's `nn.LSTM`: gate order i, f, g, o and two biases.
///
///     i, f, o = σ(W_ih x + b_ih + W_hh h₋₁ + b_hh)     g = tanh(same)
///     c = f·c₋₁ + i·g                                  h = o·tanh(c)
///
/// A step of the daemon takes this way, for all series of a batch at once:
///
///     ForecastNetwork.step → stackStep → cellStep → advance → VectorKernels.lstmCell
///
/// A training takes `sequenceForward`, which calls `advance` for each step of a sequence and keeps
/// the tape, and `sequenceBackward`, which calls `retreat`, `accumulateWeightGradients` and
/// `projectBack`.
///
/// - Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000).
package struct LSTMLayer {
  package let inputSize: Int
  package let hiddenSize: Int
  package let parameters: RecurrentParameters
  /// Places in the packed storage: W_ihᵀ and W_hhᵀ for steps, W_ih and W_hh for gradients.
  let forwardInput: PackedMatrix
  let forwardHidden: PackedMatrix
  let backwardInput: PackedMatrix
  let backwardHidden: PackedMatrix
  /// b_ih + b_hh
  let packedBias: Int
}

extension LSTMLayer: RecurrentCell {
  package var cellSize: Int { hiddenSize }
  /// The tape is the four activated gates.
  package var tapeSize: Int { 4 * hiddenSize }

  // MARK: - The step in use

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

  // MARK: - Gradients, in training only

  /// With dh the gradient that reaches h from the layer above and from the next step:
  ///
  ///     do = dh·tanh(c)           dc += dh·o·(1 − tanh²(c))
  ///     di = dc·g   df = dc·c₋₁   dg = dc·i      dc₋₁ = dc·f      dh₋₁ = dgates · W_hh
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

  /// dW_ih += dgatesᵀ · x and dW_hh += dgatesᵀ · h₋₁
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

  /// dx = dgates · W_ih
  package func projectBack(
    packed: UnsafePointer<Float>, rows: Int, tape: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxStride: Int
  ) {
    backwardInput.multiply(
      rows: rows, tape, stride: tapeSize, storage: packed, bias: nil, into: dx, stride: dxStride)
  }
}

// MARK: - Parameters

extension LSTMLayer {
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

  /// With a forget bias of 1, so that the cell remembers at the start.
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>, using generator: inout RandomGenerator
  ) {
    NeuralNetwork.initialize(self, parameters, forgetBias: 1, using: &generator)
  }
}
