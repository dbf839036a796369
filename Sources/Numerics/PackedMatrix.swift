import CVectorKernels

/// The right-hand side of products, stored as panels of 16 columns, for forward passes.
///
/// A row of the product is the same bits whatever rows are around it: each element is one chain of
/// fused multiply-adds, from the bias through ascending depth.
///
/// - Shape: depth × columns, packed [⌈columns/16⌉, depth, 16], columns padded with zeros.
package struct PackedMatrix: Sendable {
  /// Where the panels start in the buffer that holds them.
  package let offset: Int
  package let depth: Int
  package let columns: Int

  package init(offset: Int, depth: Int, columns: Int) {
    self.offset = offset
    self.depth = depth
    self.columns = columns
  }

  /// Floats that the panels take.
  package var count: Int { Self.padded(columns) * depth }

  /// Columns, and so the floats a bias takes, rounded up to whole panels.
  package static func padded(_ columns: Int) -> Int {
    let panel = Int(VECTOR_KERNELS_PANEL)
    return (columns + panel - 1) / panel * panel
  }

  /// Packs the transpose of a PyTorch weight, so that the product is x · weightᵀ.
  ///
  /// - Shape: weight [columns, depth] row-major
  package func packTransposed(
    _ weight: UnsafePointer<Float>, into storage: UnsafeMutablePointer<Float>
  ) {
    vectorKernelsPack(depth, columns, weight, 1, depth, storage + offset)
  }

  /// Packs a matrix as it is, so that the product is x · matrix.
  ///
  /// - Shape: matrix [depth, columns] row-major
  package func pack(
    _ matrix: UnsafePointer<Float>, into storage: UnsafeMutablePointer<Float>
  ) {
    vectorKernelsPack(depth, columns, matrix, columns, 1, storage + offset)
  }

  /// output = input · matrix + bias
  ///
  /// - Shape: input [rows, depth], bias padded(columns) or nil, output [rows, columns]
  package func multiply(
    rows: Int, _ input: UnsafePointer<Float>, stride: Int,
    storage: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, stride outputStride: Int,
    kernels: VectorKernels = .current
  ) {
    kernels.table.multiply(
      rows, columns, depth, input, stride, storage + offset, bias, false, output, outputStride)
  }

  /// output += input · matrix
  package func multiplyAdding(
    rows: Int, _ input: UnsafePointer<Float>, stride: Int,
    storage: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>, stride outputStride: Int,
    kernels: VectorKernels = .current
  ) {
    kernels.table.multiply(
      rows, columns, depth, input, stride, storage + offset, nil, true, output, outputStride)
  }
}
