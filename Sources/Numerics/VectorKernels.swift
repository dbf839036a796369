import CVectorKernels
import Glibc

/// The element-wise and small-matrix kernels of one instruction-set level.
///
/// An element's result depends on nothing but its inputs: same bits in any position of any length.
/// Levels with fused multiply-add agree with each other bit for bit. NaN propagates.
package struct VectorKernels: Sendable {
  let table: VectorKernelTable

  /// The best level this processor can run.
  package static let current = VectorKernels(.best)

  /// All levels this processor can run, the most portable first, for tests and benchmarks.
  package static func levels() -> [VectorKernels] { KernelLevel.supported.map { Self($0) } }

  private init(_ level: KernelLevel) {
    guard let table = vectorKernelTable(level.number) else { level.failAsUnsupported() }
    self.table = table.pointee
  }

  /// e.g. `x86-64-v4`.
  package var name: String { String(cString: table.name) }
}

// MARK: - Activations

extension VectorKernels {
  package func sigmoid(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.sigmoid(count, x, y)
  }

  package func tanh(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.tanh(count, x, y)
  }

  /// y = x · sigmoid(x)
  package func silu(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.siluForward(count, x, y)
  }

  /// dx = dy · silu′(x); dx may be dy.
  package func siluBackward(
    _ x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.siluBackward(count, x, dy, dx)
  }

  /// Softmax of each row; y may be x.
  ///
  /// - Shape: x, y [rows, columns] with strides
  package func softmax(
    rows: Int, columns: Int,
    _ x: UnsafePointer<Float>, stride xStride: Int,
    into y: UnsafeMutablePointer<Float>, stride yStride: Int
  ) {
    precondition(columns >= 1)
    table.softmax(rows, columns, x, xStride, y, yStride)
  }
}

// MARK: - LSTM cell

extension VectorKernels {
  /// Pre-activations i, f, g, o become activated gates; c = f·cPrevious + i·g; h = o·tanh(c).
  ///
  /// - Shape: gates [rows, 4·hidden], cPrevious, c, h [rows, hidden] with strides; c may be
  ///   cPrevious
  package func lstmForward(
    rows: Int, hidden: Int,
    gates: UnsafeMutablePointer<Float>, gatesStride: Int,
    cPrevious: UnsafePointer<Float>, cPreviousStride: Int,
    c: UnsafeMutablePointer<Float>, cStride: Int,
    h: UnsafeMutablePointer<Float>, hStride: Int
  ) {
    table.lstmForward(
      rows, hidden, gates, gatesStride, cPrevious, cPreviousStride, c, cStride, h, hStride)
  }

  /// One step of independent rows: `lstmForward` of bias + x · W_ihᵀ + hPrevious · W_hhᵀ, each
  /// gate's pre-activation being one chain of fused multiply-adds.
  ///
  /// - Shape: x [rows, I], hPrevious, cPrevious, c, h [rows, hidden] with strides; h may be
  ///   hPrevious, c may be cPrevious; bias padded(4·hidden); gates [rows, 4·hidden] where they are
  ///   kept, else scratch of [min(rows, 64), 4·hidden]
  package func lstmCell(
    rows: Int, hidden: Int, x: UnsafePointer<Float>, xStride: Int,
    input: PackedMatrix, recurrent: PackedMatrix, storage: UnsafePointer<Float>,
    bias: UnsafePointer<Float>,
    hPrevious: UnsafePointer<Float>, hPreviousStride: Int,
    gates: UnsafeMutablePointer<Float>, keepsGates: Bool,
    cPrevious: UnsafePointer<Float>, cPreviousStride: Int,
    c: UnsafeMutablePointer<Float>, cStride: Int,
    h: UnsafeMutablePointer<Float>, hStride: Int
  ) {
    table.lstmCell(
      rows, input.depth, hidden, x, xStride, storage + input.offset, hPrevious, hPreviousStride,
      storage + recurrent.offset, bias, gates, keepsGates, cPrevious, cPreviousStride, c, cStride,
      h, hStride)
  }

  /// Activated gates become the gradients of their pre-activations; dc goes in as the gradient of c
  /// and comes out as that of cPrevious.
  ///
  /// - Shape: gates [rows, 4·hidden], the others [rows, hidden], all dense
  package func lstmBackward(
    rows: Int, hidden: Int,
    gates: UnsafeMutablePointer<Float>, cPrevious: UnsafePointer<Float>,
    c: UnsafePointer<Float>, dh: UnsafePointer<Float>, dc: UnsafeMutablePointer<Float>
  ) {
    table.lstmBackward(rows, hidden, gates, cPrevious, c, dh, dc)
  }
}

// MARK: - GRU cell

extension VectorKernels {
  /// Pre-activations n, r, z become activated gates; h = (1 − z)·n + z·hPrevious with
  /// n = tanh(n + r·part), where part, the hidden state's part of n, is the gates' fourth quarter.
  ///
  /// - Shape: gates [rows, 4·hidden], hPrevious, h [rows, hidden] with strides; h may be hPrevious
  package func gruForward(
    rows: Int, hidden: Int,
    gates: UnsafeMutablePointer<Float>, gatesStride: Int,
    hPrevious: UnsafePointer<Float>, hPreviousStride: Int,
    h: UnsafeMutablePointer<Float>, hStride: Int
  ) {
    table.gruForward(rows, hidden, gates, gatesStride, hPrevious, hPreviousStride, h, hStride)
  }

  /// Gates as `gruForward` left them become the gradients of the pre-activations and of part;
  /// dhPrevious += dh·z, the part of its gradient that passes through no gate.
  ///
  /// - Shape: gates [rows, 4·hidden], the others [rows, hidden], all dense
  package func gruBackward(
    rows: Int, hidden: Int, gates: UnsafeMutablePointer<Float>,
    hPrevious: UnsafePointer<Float>, dh: UnsafePointer<Float>,
    dhPrevious: UnsafeMutablePointer<Float>
  ) {
    table.gruBackward(rows, hidden, gates, hPrevious, dh, dhPrevious)
  }
}

// MARK: - Optimizer and accumulation

/// The constants of one Adam step; see the kernel's header for each.
package struct AdamConstants: Sendable {
  package var gradientScale: Float = 1
  package var l2: Float = 0
  package var shrink: Float = 1
  package var oneMinusBeta1: Float
  package var beta2: Float
  package var oneMinusBeta2: Float
  /// rate / (1 − beta1ᵗ)
  package var stepSize: Float
  /// √(1 − beta2ᵗ)
  package var correction2Root: Float
  package var epsilon: Float

  package init(
    rate: Double, beta1: Double, beta2: Double, epsilon: Double, step: Int
  ) {
    oneMinusBeta1 = Float(1 - beta1)
    self.beta2 = Float(beta2)
    oneMinusBeta2 = Float(1 - beta2)
    stepSize = Float(rate / (1 - pow(beta1, Double(step))))
    correction2Root = Float((1 - pow(beta2, Double(step))).squareRoot())
    self.epsilon = Float(epsilon)
  }
}

extension VectorKernels {
  package func adam(
    _ constants: AdamConstants, gradients: UnsafePointer<Float>,
    parameters: UnsafeMutablePointer<Float>, moment1: UnsafeMutablePointer<Float>,
    moment2: UnsafeMutablePointer<Float>, count: Int
  ) {
    let step = AdamStep(
      gradientScale: constants.gradientScale, l2: constants.l2, shrink: constants.shrink,
      oneMinusBeta1: constants.oneMinusBeta1, beta2: constants.beta2,
      oneMinusBeta2: constants.oneMinusBeta2, stepSize: constants.stepSize,
      correction2Root: constants.correction2Root, epsilon: constants.epsilon)
    table.adam(count, step, gradients, parameters, moment1, moment2)
  }

  /// y += scale · x
  package func accumulate(
    _ x: UnsafePointer<Float>, scale: Float = 1, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    table.accumulate(count, scale, x, y)
  }

  /// sums += column sums of x, rows in ascending order; the same for a second buffer, if any.
  ///
  /// - Shape: x [rows, columns], sums [columns]
  package func accumulateColumns(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
    into sums: UnsafeMutablePointer<Float>, and also: UnsafeMutablePointer<Float>? = nil
  ) {
    table.accumulateColumns(rows, columns, x, stride, sums, also)
  }

  /// c[i, j] = a[i] + b[j]
  ///
  /// - Shape: a [rows], b [columns], c [rows, columns]
  package func outerSum(
    rows: Int, columns: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    into c: UnsafeMutablePointer<Double>
  ) {
    table.outerSum(rows, columns, a, b, c)
  }

  /// Σ x² in double, in 16 interleaved partial sums.
  package func sumOfSquares(_ x: UnsafeBufferPointer<Float>) -> Double {
    guard let base = x.baseAddress else { return 0 }
    return table.sumOfSquares(x.count, base)
  }
}

extension VectorKernels {
  /// c += aᵀ · b, the gradient of a weight: each element is one chain of fused multiply-adds, from
  /// c through ascending rows, so its bits depend neither on the processor nor on the other
  /// elements.
  ///
  /// - Shape: a [rows, m], b [rows, n], c [m, n], row-major with strides
  package func multiplyTransposed(
    rows: Int, m: Int, n: Int,
    _ a: UnsafePointer<Float>, stride aStride: Int,
    _ b: UnsafePointer<Float>, stride bStride: Int,
    addingTo c: UnsafeMutablePointer<Float>, stride cStride: Int
  ) {
    precondition(aStride >= m && bStride >= n && cStride >= n)
    table.multiplyTransposed(rows, m, n, a, aStride, b, bStride, c, cStride)
  }
}
