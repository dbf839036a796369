/// PyTorch's `nn.BatchNorm1d` over rows: each column normalised over the batch in training, by
/// running statistics in use.
///
///     x̂ = (x − μ) · s     s = 1/√(σ² + ε)     y = w ⊙ x̂ + b
///
/// In training μ and σ² are the batch's mean and biased variance, and the running statistics
/// follow, the variance unbiased: running ← (1 − momentum) · running + momentum · batch. Backward
/// in training, with g = w ⊙ dy and means over the rows:
///
///     dx = s · (g − mean g − x̂ · mean(g ⊙ x̂))     dw += Σ dy ⊙ x̂     db += Σ dy
///
/// Rows whose mask is zero are in no statistic, and zero in y and dx, as if a packed sequence's
/// data were normalised.
///
/// - Source: Ioffe and Szegedy (2015), "Batch normalization".
package struct BatchNormLayer: Sendable {
  package let size: Int
  package let epsilon: Float
  package let momentum: Float
  /// Offsets in the flat buffer of parameters: [size] each.
  package let weight: Int
  package let bias: Int
  /// Offsets in the flat buffer of statistics, which no optimizer touches: [size] each.
  package let runningMean: Int
  package let runningVariance: Int
  /// In the packed storage.
  let packedWeight: Int
  let packedBias: Int

  /// Appends `<prefix>.weight` and `<prefix>.bias` to the parameters, `<prefix>.running_mean` and
  /// `<prefix>.running_var` to the statistics.
  package init(
    prefix: String, size: Int, epsilon: Float = 1e-5, momentum: Float = 0.1,
    layout: inout ParameterLayout, statistics: inout ParameterLayout,
    packing: inout PackedStorageLayout
  ) {
    precondition(size >= 1 && epsilon > 0 && momentum >= 0 && momentum <= 1)
    self.size = size
    self.epsilon = epsilon
    self.momentum = momentum
    weight = layout.append("\(prefix).weight", size).offset
    bias = layout.append("\(prefix).bias", size).offset
    runningMean = statistics.append("\(prefix).running_mean", size).offset
    runningVariance = statistics.append("\(prefix).running_var", size).offset
    packedWeight = packing.vector(size)
    packedBias = packing.vector(size)
  }

  /// Copies the parameters to the packed storage; due after every change of the parameters.
  package func pack(
    _ parameters: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>
  ) {
    (packed + packedWeight).update(from: parameters + weight, count: size)
    (packed + packedBias).update(from: parameters + bias, count: size)
  }

  /// Weight and variance one, bias and mean zero, as PyTorch's.
  package func initialize(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    statistics: UnsafeMutableBufferPointer<Float>
  ) {
    for index in 0..<size {
      parameters[weight + index] = 1
      parameters[bias + index] = 0
      statistics[runningMean + index] = 0
      statistics[runningVariance + index] = 1
    }
  }
}

/// In training: by the batch's statistics, which the running ones follow.
///
/// - Shape: x, y [rows, size] dense; mask [rows] or nil; statistics: the flat buffer of statistics;
///   mean, scale (μ and s above) [size], for the backward pass
/// - Precondition: at least two rows count, since one row has no variance.
package func batchNormForward(
  _ layer: BatchNormLayer, packed: UnsafePointer<Float>, rows: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  statistics: UnsafeMutablePointer<Float>,
  mean: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>
) {
  let size = layer.size
  let counted = countedRows(rows, mask)
  precondition(counted >= 2, "batch normalisation needs two rows")
  let count = Double(counted)
  for column in 0..<size {
    var sum = 0.0
    for row in 0..<rows where isCounted(row, mask) { sum += Double(x[row * size + column]) }
    let m = sum / count
    var squares = 0.0
    for row in 0..<rows where isCounted(row, mask) {
      let d = Double(x[row * size + column]) - m
      squares += d * d
    }
    mean[column] = Float(m)
    scale[column] = Float(1 / (squares / count + Double(layer.epsilon)).squareRoot())
    let running = statistics + column
    running[layer.runningMean] += layer.momentum * (Float(m) - running[layer.runningMean])
    running[layer.runningVariance] +=
      layer.momentum * (Float(squares / (count - 1)) - running[layer.runningVariance])
  }
  normalize(
    layer, packed: packed, rows: rows, mask: mask, x: x, y: y, mean: mean, scale: scale)
}

/// In use: by the running statistics, row by row.
///
/// - Shape: x, y [rows, size] dense, y may be x; mask [rows] or nil; mean, scale [size], scratch
package func batchNormInference(
  _ layer: BatchNormLayer, packed: UnsafePointer<Float>, rows: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  statistics: UnsafePointer<Float>,
  mean: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>
) {
  for column in 0..<layer.size {
    mean[column] = statistics[layer.runningMean + column]
    let variance = statistics[layer.runningVariance + column]
    scale[column] = 1 / (variance + layer.epsilon).squareRoot()
  }
  normalize(
    layer, packed: packed, rows: rows, mask: mask, x: x, y: y, mean: mean, scale: scale)
}

/// The way back through `batchNormForward`.
///
/// - Shape: x, mask, mean, scale as in the forward pass; dy, dx [rows, size] dense, dx may be dy;
///   dParameters: the flat buffer of all gradients, added to
package func batchNormBackward(
  _ layer: BatchNormLayer, packed: UnsafePointer<Float>, rows: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>,
  mean: UnsafePointer<Float>, scale: UnsafePointer<Float>,
  dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>,
  dParameters: UnsafeMutablePointer<Float>
) {
  let size = layer.size
  let count = Double(countedRows(rows, mask))
  for column in 0..<size {
    let (m, s) = (mean[column], scale[column])
    var (sum, dot) = (0.0, 0.0)
    for row in 0..<rows where isCounted(row, mask) {
      let place = row * size + column
      sum += Double(dy[place])
      dot += Double(dy[place]) * Double((x[place] - m) * s)
    }
    dParameters[layer.bias + column] += Float(sum)
    dParameters[layer.weight + column] += Float(dot)
    let (meanDY, meanDot) = (Float(sum / count), Float(dot / count))
    let factor = packed[layer.packedWeight + column] * s
    for row in 0..<rows {
      let place = row * size + column
      guard isCounted(row, mask) else {
        dx[place] = 0
        continue
      }
      dx[place] = factor * (dy[place] - meanDY - (x[place] - m) * s * meanDot)
    }
  }
}

private func normalize(
  _ layer: BatchNormLayer, packed: UnsafePointer<Float>, rows: Int,
  mask: UnsafePointer<Float>?, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>,
  mean: UnsafePointer<Float>, scale: UnsafePointer<Float>
) {
  let (w, b) = (packed + layer.packedWeight, packed + layer.packedBias)
  for row in 0..<rows {
    let (source, target) = (x + row * layer.size, y + row * layer.size)
    guard isCounted(row, mask) else {
      target.update(repeating: 0, count: layer.size)
      continue
    }
    for k in 0..<layer.size { target[k] = w[k] * ((source[k] - mean[k]) * scale[k]) + b[k] }
  }
}

@inline(__always)
private func isCounted(_ row: Int, _ mask: UnsafePointer<Float>?) -> Bool {
  mask.map { $0[row] != 0 } ?? true
}

private func countedRows(_ rows: Int, _ mask: UnsafePointer<Float>?) -> Int {
  guard let mask else { return rows }
  var count = 0
  for row in 0..<rows where mask[row] != 0 { count += 1 }
  return count
}
