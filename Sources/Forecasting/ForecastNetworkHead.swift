import NeuralNetwork

/// Places of the head's activations for a block of rows inside one scratch buffer.
struct ForecastHeadBlock {
  let x: UnsafeMutablePointer<Float>  // [rows, H+C]
  let inputPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let u: UnsafeMutablePointer<Float>  // [rows, 2H]
  let hiddenPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let v: UnsafeMutablePointer<Float>  // [rows, 2H]
  let z: UnsafeMutablePointer<Float>  // [rows, N·Q + K]
  let mixed: UnsafeMutablePointer<Float>  // [N]

  static func count(_ shape: ForecastNetworkShape, rows: Int) -> Int {
    rows * (shape.headInputSize + 4 * shape.headWidth + shape.outputSize + shape.baseCount)
      + shape.horizon
  }

  init(_ shape: ForecastNetworkShape, rows: Int, at base: UnsafeMutablePointer<Float>) {
    x = base
    inputPre = x + rows * shape.headInputSize
    u = inputPre + rows * shape.headWidth
    hiddenPre = u + rows * shape.headWidth
    v = hiddenPre + rows * shape.headWidth
    z = v + rows * shape.headWidth
    mixed = z + rows * (shape.outputSize + shape.baseCount)
  }
}

extension ForecastNetwork {
  /// From block.x to predictions, unsorted, in the first N·Q columns of block.z and the gate's
  /// probabilities in its last K.
  ///
  /// - Shape: bases [rows, K, N]
  func headForward(
    _ block: ForecastHeadBlock, packed: UnsafePointer<Float>, rows: Int,
    bases: UnsafePointer<Float>
  ) {
    let width = shape.headWidth
    let outputs = shape.outputSize
    let zStride = outputs + shape.baseCount
    linearForward(
      parts.headInput, packed: packed, rows: rows, x: block.x, xStride: shape.headInputSize,
      y: block.inputPre, yStride: width)
    siluForward(block.inputPre, y: block.u, count: rows * width)
    linearForward(
      parts.headHidden, packed: packed, rows: rows, x: block.u, xStride: width,
      y: block.hiddenPre, yStride: width)
    siluForward(block.hiddenPre, y: block.v, count: rows * width)
    residualAdd(block.u, y: block.v, count: rows * width)
    linearForward(
      parts.headOutput, packed: packed, rows: rows, x: block.v, xStride: width,
      y: block.z, yStride: zStride)
    softmaxForward(
      rows: rows, columns: shape.baseCount, x: block.z + outputs, xStride: zStride,
      y: block.z + outputs, yStride: zStride)
    for row in 0..<rows {
      let z = block.z + row * zStride
      addMixture(
        bases: bases + row * shape.baseCount * shape.horizon, gate: z + outputs, output: z,
        mixed: block.mixed)
    }
  }

  /// output[n, q] += Σₖ gₖ · base[k, n]
  private func addMixture(
    bases: UnsafePointer<Float>, gate: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    mixed: UnsafeMutablePointer<Float>
  ) {
    let horizon = shape.horizon
    let levels = shape.quantiles.count
    for n in 0..<horizon { mixed[n] = gate[0] * bases[n] }
    for k in 1..<max(1, shape.baseCount) {
      let base = bases + k * horizon
      for n in 0..<horizon { mixed[n] += gate[k] * base[n] }
    }
    for n in 0..<horizon {
      for q in 0..<levels { output[n * levels + q] += mixed[n] }
    }
  }
}
