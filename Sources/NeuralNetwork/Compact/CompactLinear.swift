package import Numerics

/// y = x · Wᵀ + b with W in 16 bits, or in int8 with a scale for each row: inference alone.
///
/// The bias stays Float: it is a small share of the memory, and added exactly.
package struct CompactLinear: ~Copyable, Sendable {
  package let inputSize: Int
  package let outputSize: Int
  private var matrix: CompactMatrix
  private var paddedBias: FloatBuffer

  /// - Shape: weight [out, in], bias [out]
  package init(
    _ format: CompactMatrix.Format, inputSize: Int, outputSize: Int,
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    matrix = CompactMatrix(format, depth: inputSize, columns: outputSize)
    matrix.packTransposed(weight)
    paddedBias = FloatBuffer(count: PackedMatrix.padded(outputSize))
    paddedBias.mutable.copy(from: UnsafeBufferPointer(start: bias, count: outputSize))
  }

  /// Bytes that weights, scales and bias take.
  package var byteCount: Int { matrix.byteCount + 4 * paddedBias.count }

  /// - Shape: x [rows, in], y [rows, out] with strides
  package func forward(
    rows: Int, x: UnsafePointer<Float>, xStride: Int,
    y: UnsafeMutablePointer<Float>, yStride: Int
  ) {
    matrix.multiply(
      rows: rows, x, stride: xStride, bias: paddedBias.elements.baseAddress, into: y,
      stride: yStride)
  }
}
