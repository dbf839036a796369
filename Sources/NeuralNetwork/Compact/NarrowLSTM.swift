package import Numerics

/// An LSTM layer trained in mixed precision: weights for the products, activations and their
/// gradients are stored in 16 bits, all arithmetic is Float, and the optimizer's master weights
/// stay Float with their owner, who calls `load` after each step.
///
/// Gradients in float16 need a `LossScale`; bfloat16 has Float's range.
///
/// - Source: Micikevicius et al. (2018), "Mixed precision training", section 3.
package struct NarrowLSTM: ~Copyable, Sendable {
  package let format: NarrowFormat
  package var inputSize: Int { forward.inputSize }
  package var hiddenSize: Int { forward.hiddenSize }
  private(set) var forward: CompactLSTM
  /// dGates · W_ih and dGates · W_hh.
  private(set) var backwardInput: CompactMatrix
  private(set) var backwardHidden: CompactMatrix

  package init(_ format: NarrowFormat, inputSize: Int, hiddenSize: Int) {
    self.format = format
    forward = CompactLSTM(.narrow(format), inputSize: inputSize, hiddenSize: hiddenSize)
    backwardInput = CompactMatrix(.narrow(format), depth: 4 * hiddenSize, columns: inputSize)
    backwardHidden = CompactMatrix(.narrow(format), depth: 4 * hiddenSize, columns: hiddenSize)
  }

  /// Rounds the master weights; due after every change of them.
  ///
  /// - Shape: weightIH [4H, I], weightHH [4H, H], biasIH, biasHH [4H]
  package mutating func load(
    weightIH: UnsafePointer<Float>, weightHH: UnsafePointer<Float>,
    biasIH: UnsafePointer<Float>, biasHH: UnsafePointer<Float>
  ) {
    forward.load(weightIH: weightIH, weightHH: weightHH, biasIH: biasIH, biasHH: biasHH)
    backwardInput.pack(weightIH)
    backwardHidden.pack(weightHH)
  }
}

/// What a forward pass leaves for the backward one, in 16 bits: half of `lstmForward`'s memory.
package struct NarrowLSTMTape: ~Copyable, Sendable {
  package let steps: Int
  package let batch: Int
  /// [T+1, B, H], the initial state at index 0.
  package var h: NarrowBuffer
  package var c: NarrowBuffer
  /// [T, B, 4H]: activated, after the backward pass their gradients.
  var gates: NarrowBuffer
  /// Float for one step, [B, 4H], five of [B, H] and [B, I], or for a block's rows.
  var scratch: FloatBuffer

  /// Steps whose weight gradients are one product.
  static let block = 16

  /// Initial states are zero until stored to `h` and `c`.
  package init(_ layer: borrowing NarrowLSTM, steps: Int, batch: Int) {
    precondition(steps >= 1 && batch >= 1)
    self.steps = steps
    self.batch = batch
    let plane = batch * layer.hiddenSize
    h = NarrowBuffer(layer.format, count: (steps + 1) * plane)
    c = NarrowBuffer(layer.format, count: (steps + 1) * plane)
    gates = NarrowBuffer(layer.format, count: steps * 4 * plane)
    let row = 5 * layer.hiddenSize + layer.inputSize
    scratch = FloatBuffer(
      count: max(9 * plane + batch * layer.inputSize, min(steps, Self.block) * batch * row))
  }
}

/// A whole sequence; the outputs are the tape's h from index 1 on.
///
/// - Shape: x [T, B, I] from xOffset on
package func narrowLSTMForward(
  _ layer: borrowing NarrowLSTM, tape: inout NarrowLSTMTape, x: borrowing NarrowBuffer,
  xOffset: Int = 0
) {
  let (batch, hidden, inputs) = (tape.batch, layer.hiddenSize, layer.inputSize)
  let plane = batch * hidden
  guard let gates = tape.scratch.mutable.baseAddress else { return }
  let (hNow, cNow) = (gates + 4 * plane, gates + 5 * plane)
  let (cBefore, xNow) = (gates + 6 * plane, gates + 7 * plane)
  for t in 0..<tape.steps {
    x.load(into: xNow, at: xOffset + t * batch * inputs, count: batch * inputs)
    tape.h.load(into: hNow, at: t * plane, count: plane)
    tape.c.load(into: cBefore, at: t * plane, count: plane)
    layer.forward.preactivations(
      rows: batch, x: xNow, xStride: inputs, h: hNow, hStride: hidden, into: gates)
    VectorKernels.current.lstmForward(
      rows: batch, hidden: hidden, gates: gates, gatesStride: 4 * hidden, cPrevious: cBefore,
      cPreviousStride: hidden, c: cNow, cStride: hidden, h: hNow, hStride: hidden)
    tape.gates.store(gates, at: t * 4 * plane, count: 4 * plane)
    tape.c.store(cNow, at: (t + 1) * plane, count: plane)
    tape.h.store(hNow, at: (t + 1) * plane, count: plane)
  }
}

/// Back-propagation through time over the tape; `LSTMLayer.retreat` has the equations.
///
/// - Shape: x as forward; dy [T, B, H], the gradient of the outputs (times the loss scale);
///   dWeightIH [4H, I], dWeightHH [4H, H], dBiasIH, dBiasHH [4H], added to;
///   dx [T, B, I], or none where it has no elements
package func narrowLSTMBackward(
  _ layer: borrowing NarrowLSTM, tape: inout NarrowLSTMTape, x: borrowing NarrowBuffer,
  xOffset: Int = 0, dy: borrowing NarrowBuffer, dx: inout NarrowBuffer,
  dWeightIH: UnsafeMutablePointer<Float>, dWeightHH: UnsafeMutablePointer<Float>,
  dBiasIH: UnsafeMutablePointer<Float>, dBiasHH: UnsafeMutablePointer<Float>
) {
  let (batch, hidden, inputs) = (tape.batch, layer.hiddenSize, layer.inputSize)
  let (plane, width) = (batch * hidden, 4 * hidden)
  guard let gates = tape.scratch.mutable.baseAddress else { return }
  let (dh, carried, dc) = (gates + 4 * plane, gates + 5 * plane, gates + 6 * plane)
  let (cBefore, cNow, dxNow) = (gates + 7 * plane, gates + 8 * plane, gates + 9 * plane)
  carried.update(repeating: 0, count: plane)
  dc.update(repeating: 0, count: plane)
  for t in (0..<tape.steps).reversed() {
    dy.load(into: dh, at: t * plane, count: plane)
    VectorKernels.current.accumulate(carried, into: dh, count: plane)
    tape.gates.load(into: gates, at: t * 4 * plane, count: 4 * plane)
    tape.c.load(into: cBefore, at: t * plane, count: plane)
    tape.c.load(into: cNow, at: (t + 1) * plane, count: plane)
    VectorKernels.current.lstmBackward(
      rows: batch, hidden: hidden, gates: gates, cPrevious: cBefore, c: cNow, dh: dh, dc: dc)
    tape.gates.store(gates, at: t * 4 * plane, count: 4 * plane)
    for bias in [dBiasIH, dBiasHH] {
      VectorKernels.current.accumulateColumns(
        gates, rows: batch, columns: width, stride: width, into: bias)
    }
    layer.backwardHidden.multiply(
      rows: batch, gates, stride: width, bias: nil, into: carried, stride: hidden)
    if dx.count > 0 {
      layer.backwardInput.multiply(
        rows: batch, gates, stride: width, bias: nil, into: dxNow, stride: inputs)
      dx.store(dxNow, at: t * batch * inputs, count: batch * inputs)
    }
  }
  accumulateWeightGradients(
    layer, tape: &tape, x: x, xOffset: xOffset, dWeightIH: dWeightIH, dWeightHH: dWeightHH)
}

/// dW_ih += dGatesᵀ · x and dW_hh += dGatesᵀ · h₋₁, a block of steps at a time.
private func accumulateWeightGradients(
  _ layer: borrowing NarrowLSTM, tape: inout NarrowLSTMTape, x: borrowing NarrowBuffer,
  xOffset: Int, dWeightIH: UnsafeMutablePointer<Float>, dWeightHH: UnsafeMutablePointer<Float>
) {
  let (batch, hidden, inputs) = (tape.batch, layer.hiddenSize, layer.inputSize)
  let width = 4 * hidden
  guard let dGates = tape.scratch.mutable.baseAddress else { return }
  for block in truncatedChunks(steps: tape.steps, length: NarrowLSTMTape.block) {
    let (first, rows) = (block.lowerBound * batch, block.count * batch)
    let h = dGates + rows * width
    let xs = h + rows * hidden
    tape.gates.load(into: dGates, at: first * width, count: rows * width)
    tape.h.load(into: h, at: first * hidden, count: rows * hidden)
    x.load(into: xs, at: xOffset + first * inputs, count: rows * inputs)
    BLAS.multiply(
      rows: width, columns: inputs, depth: rows, dGates, stride: width, transposed: true,
      xs, stride: inputs, beta: 1, into: dWeightIH, stride: inputs)
    BLAS.multiply(
      rows: width, columns: hidden, depth: rows, dGates, stride: width, transposed: true,
      h, stride: hidden, beta: 1, into: dWeightHH, stride: hidden)
  }
}
