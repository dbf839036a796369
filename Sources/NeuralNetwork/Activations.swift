import Numerics

/// y = x · σ(x), SiLU.
///
/// - Shape: x, y [count]
/// - Source: Elfwing, Uchibe, Doya (2018), "Sigmoid-weighted linear units".
package func siluForward(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  VectorKernels.current.silu(x, into: y, count: count)
}

/// dx = dy · silu′(x); dx may be dy.
package func siluBackward(
  _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
) {
  VectorKernels.current.siluBackward(x, dy: dy, into: dx, count: count)
}

/// y += x, the residual connection; its gradient is the same call with dx += dy.
package func residualAdd(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  VectorKernels.current.accumulate(x, into: y, count: count)
}

/// Softmax of each row; y may be x.
///
/// - Shape: x, y [rows, columns] with strides
package func softmaxForward(
  rows: Int, columns: Int, x: UnsafePointer<Float>, xStride: Int,
  y: UnsafeMutablePointer<Float>, yStride: Int
) {
  VectorKernels.current.softmax(
    rows: rows, columns: columns, x, stride: xStride, into: y, stride: yStride)
}

/// dx = y · (dy − Σ y·dy) for one row; dx may be dy.
///
/// - Shape: y, dy, dx [columns]
package func softmaxBackwardRow(
  columns: Int, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  dx: UnsafeMutablePointer<Float>
) {
  var dot: Float = 0
  for k in 0..<columns { dot += y[k] * dy[k] }
  for k in 0..<columns { dx[k] = y[k] * (dy[k] - dot) }
}
