import NeuralNetwork

/// Places of the head's activations for a block of rows inside one scratch buffer.
struct ForecastHeadBlock {
  let x: UnsafeMutablePointer<Float>  // [rows, H+C]
  let inputPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let u: UnsafeMutablePointer<Float>  // [rows, 2H]
  let hiddenPre: UnsafeMutablePointer<Float>  // [rows, 2H]
  let v: UnsafeMutablePointer<Float>  // [rows, 2H]
  let z: UnsafeMutablePointer<Float>  // [rows, N·W + K]
  let mixed: UnsafeMutablePointer<Float>  // [N]
  let distribution: UnsafeMutablePointer<Float>  // [rows, N·W]
  let quantiles: UnsafeMutablePointer<Float>  // [rows, N·Q]

  static func count(_ shape: ForecastNetworkShape, rows: Int) -> Int {
    rows
      * (shape.headInputSize + 4 * shape.headWidth + shape.headColumns + shape.headOutputSize
        + shape.outputSize) + shape.horizon
  }

  init(_ shape: ForecastNetworkShape, rows: Int, at base: UnsafeMutablePointer<Float>) {
    x = base
    inputPre = x + rows * shape.headInputSize
    u = inputPre + rows * shape.headWidth
    hiddenPre = u + rows * shape.headWidth
    v = hiddenPre + rows * shape.headWidth
    z = v + rows * shape.headWidth
    mixed = z + rows * shape.headColumns
    distribution = mixed + shape.horizon
    quantiles = distribution + rows * shape.headOutputSize
  }
}

extension ForecastNetwork {
  /// From block.x to the head's outputs, in the first N·W columns of block.z, and the gate's
  /// probabilities, in its last K.
  ///
  /// - Shape: bases [rows, K, N]
  func headForward(
    _ block: ForecastHeadBlock, packed: UnsafePointer<Float>, rows: Int,
    bases: UnsafePointer<Float>
  ) {
    let width = shape.headWidth
    let outputs = shape.headOutputSize
    let zStride = shape.headColumns
    guard let headInput = parts.headInput, let headHidden = parts.headHidden else {
      return linearForward(
        parts.headOutput, packed: packed, rows: rows, x: block.x, xStride: shape.headInputSize,
        y: block.z, yStride: zStride)
    }
    linearForward(
      headInput, packed: packed, rows: rows, x: block.x, xStride: shape.headInputSize,
      y: block.inputPre, yStride: width)
    siluForward(block.inputPre, y: block.u, count: rows * width)
    linearForward(
      headHidden, packed: packed, rows: rows, x: block.u, xStride: width,
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

  /// output[n, w] += Σₖ gₖ · base[k, n], for the outputs w that a base is added to
  private func addMixture(
    bases: UnsafePointer<Float>, gate: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    mixed: UnsafeMutablePointer<Float>
  ) {
    let horizon = shape.horizon
    let width = shape.stepWidth
    let columns = shape.locationColumns
    // Read before the loops, in which the compiler must expect it to change.
    let first = gate[0]
    for n in 0..<horizon { mixed[n] = first * bases[n] }
    for k in 1..<max(1, shape.baseCount) {
      let (weight, base) = (gate[k], bases + k * horizon)
      for n in 0..<horizon { mixed[n] += weight * base[n] }
    }
    for n in 0..<horizon {
      let value = mixed[n]
      for q in columns { output[n * width + q] += value }
    }
  }

  /// The head's outputs as quantiles, unsorted: in block.quantiles, or in block.z itself where the
  /// outputs are quantiles.
  ///
  /// - Returns: where they are, and floats from row to row.
  func headQuantiles(
    _ block: ForecastHeadBlock, statistics: UnsafePointer<Float>, rows: Int
  ) -> (UnsafeMutablePointer<Float>, stride: Int) {
    let (levels, horizon) = (shape.quantiles.count, shape.horizon)
    switch shape.architecture.loss {
    case .quantile:
      return (block.z, shape.headColumns)
    case .studentT:
      studentTHeadForward(
        rows: rows, steps: horizon, raw: block.z, rawStride: shape.headColumns,
        parameters: block.distribution, parametersStride: shape.headOutputSize)
      if let table = parts.studentT {
        for place in 0..<(rows * horizon) {
          let parameter = block.distribution + 3 * place
          for q in 0..<levels {
            // NaN parameters, of weights that the gate will refuse, have no quantiles.
            block.quantiles[place * levels + q] =
              parameter[0] >= 2
              ? Float(
                table.quantile(
                  q, degreesOfFreedom: Double(parameter[0]), location: Double(parameter[1]),
                  scale: Double(parameter[2]))) : .nan
          }
        }
      }
    case .squared:
      let variance = statistics + (parts.errorVariance ?? 0)
      for row in 0..<rows {
        for n in 0..<horizon {
          let (mean, spread) = (block.z[row * shape.headColumns + n], variance[n].squareRoot())
          for q in 0..<levels {
            block.quantiles[(row * horizon + n) * levels + q] =
              mean + spread * parts.normalLevels[q]
          }
        }
      }
    }
    return (block.quantiles, shape.outputSize)
  }
}

extension ForecastNetworkShape {
  /// The outputs of a step that a base forecast is added to: all quantiles, or the location.
  var locationColumns: Range<Int> {
    switch architecture.loss {
    case .quantile: 0..<quantiles.count
    case .studentT: 1..<2
    case .squared: 0..<1
    }
  }
}
