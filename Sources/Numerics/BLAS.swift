import COpenBLAS

/// OpenBLAS on one thread: parallelism is the caller's (workers, shards of a minibatch).
///
/// For products of two matrices that both change from call to call, as in attention. Products with
/// weights use `PackedMatrix` and `VectorKernels.multiplyTransposed`: in OpenBLAS's products the
/// bits of a row depend on the rows around it, and at the sizes of recurrent layers they are
/// slower.
package enum BLAS {
  /// The processor family whose kernels OpenBLAS chose, e.g. `Cooperlake`.
  package static var coreName: String { prepared.core }

  /// OpenBLAS's version and build options.
  package static var configuration: String { prepared.configuration }

  /// Product of row-major matrices: c = alpha · op(a) · op(b) + beta · c.
  ///
  /// - Shape: op(a) [rows, depth], op(b) [depth, columns], c [rows, columns]
  /// - Precondition: strides (floats from row to row as stored) cover the stored rows.
  package static func multiply(
    rows: Int, columns: Int, depth: Int,
    alpha: Float = 1,
    _ a: UnsafePointer<Float>, stride aStride: Int, transposed aTransposed: Bool = false,
    _ b: UnsafePointer<Float>, stride bStride: Int, transposed bTransposed: Bool = false,
    beta: Float,
    into c: UnsafeMutablePointer<Float>, stride cStride: Int
  ) {
    precondition(aStride >= (aTransposed ? rows : depth))
    precondition(bStride >= (bTransposed ? depth : columns))
    precondition(cStride >= columns)
    _ = prepared
    if rows == 0 || columns == 0 { return }
    cblas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans,
      bTransposed ? CblasTrans : CblasNoTrans,
      numericCast(rows), numericCast(columns), numericCast(depth),
      alpha, a, numericCast(aStride), b, numericCast(bStride),
      beta, c, numericCast(cStride))
  }

  /// Set up once, at the first product.
  private static let prepared: (core: String, configuration: String) = {
    openblas_set_num_threads(1)
    return (String(cString: openblas_get_corename()), String(cString: openblas_get_config()))
  }()
}
