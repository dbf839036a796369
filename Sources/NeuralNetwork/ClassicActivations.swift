import Glibc
import Numerics

// The activations of PyTorch's guides beside SiLU and softmax. Each backward function takes what
// its forward one left: the input of ReLU and GELU, the output of sigmoid and tanh.

/// y = max(x, 0), `nn.ReLU`; NaN stays NaN. y may be x.
///
/// - Shape: x, y [count]
package func reluForward(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count { y[index] = x[index] < 0 ? 0 : x[index] }
}

/// dx = dy where x > 0, else 0; dx may be dy.
package func reluBackward(
  _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count { dx[index] = x[index] <= 0 ? 0 : dy[index] }
}

/// y = 1 / (1 + exp(−x)), `nn.Sigmoid`; y may be x.
///
/// - Shape: x, y [count]
package func sigmoidForward(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  VectorKernels.current.sigmoid(x, into: y, count: count)
}

/// dx = dy · y(1 − y); dx may be dy.
package func sigmoidBackward(
  _ y: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count { dx[index] = dy[index] * (y[index] * (1 - y[index])) }
}

/// y = tanh(x), `nn.Tanh`; y may be x.
///
/// - Shape: x, y [count]
package func tanhForward(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  VectorKernels.current.tanh(x, into: y, count: count)
}

/// dx = dy · (1 − y²); dx may be dy.
package func tanhBackward(
  _ y: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count { dx[index] = dy[index] * (1 - y[index] * y[index]) }
}

/// y = x · Φ(x), `nn.GELU` in its exact form; y may be x.
///
/// - Shape: x, y [count]
/// - Source: Hendrycks and Gimpel (2016), "Gaussian error linear units".
package func geluForward(
  _ x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count {
    y[index] = x[index] * (0.5 * erfcf(-x[index] * Float(0.5).squareRoot()))
  }
}

/// dx = dy · (Φ(x) + x · φ(x)); dx may be dy.
package func geluBackward(
  _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
) {
  let density = Float(1 / (2 * Double.pi).squareRoot())
  for index in 0..<count {
    let value = x[index]
    let share = 0.5 * erfcf(-value * Float(0.5).squareRoot())
    dx[index] = dy[index] * (share + value * density * expf(-0.5 * value * value))
  }
}
