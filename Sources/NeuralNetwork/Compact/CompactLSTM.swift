package import Numerics

/// One layer of an LSTM (`LSTMLayer` has its equations) with its weights in 16 bits, or in int8
/// with a scale for each row; biases, states and arithmetic are Float.
///
/// How far off that is: with 8 inputs, hidden 64 and PyTorch's initial weights, the states of 168
/// steps differ by at most 0.02 % of the largest state with float16 weights, 0.16 % with bfloat16
/// and 0.36 % with int8; with states stored in 16 bits too by 0.05 % and 0.4 %
/// (`CompactLSTMTests`).
package struct CompactLSTM: ~Copyable, Sendable {
  package let inputSize: Int
  package let hiddenSize: Int
  private var inputWeights: CompactMatrix
  private var hiddenWeights: CompactMatrix
  /// Both biases, added up; [padded(4H)].
  private var bias: FloatBuffer

  package init(_ format: CompactMatrix.Format, inputSize: Int, hiddenSize: Int) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    inputWeights = CompactMatrix(format, depth: inputSize, columns: 4 * hiddenSize)
    hiddenWeights = CompactMatrix(format, depth: hiddenSize, columns: 4 * hiddenSize)
    bias = FloatBuffer(count: PackedMatrix.padded(4 * hiddenSize))
  }

  /// Takes PyTorch's parameters over, rounded to the format.
  ///
  /// - Shape: weightIH [4H, I], weightHH [4H, H], biasIH, biasHH [4H]
  package mutating func load(
    weightIH: UnsafePointer<Float>, weightHH: UnsafePointer<Float>,
    biasIH: UnsafePointer<Float>, biasHH: UnsafePointer<Float>
  ) {
    inputWeights.packTransposed(weightIH)
    hiddenWeights.packTransposed(weightHH)
    for index in 0..<(4 * hiddenSize) { bias[index] = biasIH[index] + biasHH[index] }
  }

  /// Bytes that weights, scales and biases take.
  package var byteCount: Int {
    inputWeights.byteCount + hiddenWeights.byteCount + 4 * bias.count
  }

  /// Pre-activations of one step's gates: bias + x · W_ihᵀ + h · W_hhᵀ.
  ///
  /// - Shape: x [rows, I], h [rows, H] with strides, gates [rows, 4H]
  func preactivations(
    rows: Int, x: UnsafePointer<Float>, xStride: Int, h: UnsafePointer<Float>, hStride: Int,
    into gates: UnsafeMutablePointer<Float>
  ) {
    let width = 4 * hiddenSize
    inputWeights.multiply(
      rows: rows, x, stride: xStride, bias: bias.elements.baseAddress, into: gates, stride: width)
    hiddenWeights.multiplyAdding(rows: rows, h, stride: hStride, into: gates, stride: width)
  }

  /// One step; h and c are replaced.
  ///
  /// - Shape: x [rows, I], h, c [rows, H] with strides, gates scratch [rows, 4H]
  package func step(
    rows: Int, x: UnsafePointer<Float>, xStride: Int,
    h: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>, stateStride: Int,
    gates: UnsafeMutablePointer<Float>
  ) {
    preactivations(rows: rows, x: x, xStride: xStride, h: h, hStride: stateStride, into: gates)
    VectorKernels.current.lstmForward(
      rows: rows, hidden: hiddenSize, gates: gates, gatesStride: 4 * hiddenSize,
      cPrevious: c, cPreviousStride: stateStride, c: c, cStride: stateStride, h: h,
      hStride: stateStride)
  }

  /// One step of states that are stored in 16 bits: loaded, stepped in Float, rounded again.
  ///
  /// - Shape: x [rows, I] with a stride; h, c [rows, H] from the offset on; scratch [rows, 6H]
  package func step(
    rows: Int, x: UnsafePointer<Float>, xStride: Int,
    h: inout NarrowBuffer, c: inout NarrowBuffer, at offset: Int = 0,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let plane = rows * hiddenSize
    let hidden = scratch + 4 * plane
    let cell = hidden + plane
    h.load(into: hidden, at: offset, count: plane)
    c.load(into: cell, at: offset, count: plane)
    step(
      rows: rows, x: x, xStride: xStride, h: hidden, c: cell, stateStride: hiddenSize,
      gates: scratch)
    h.store(hidden, at: offset, count: plane)
    c.store(cell, at: offset, count: plane)
  }
}
