import NeuralNetwork

/// What lies between the recurrent layers and the head, for rows of origins: attention over the
/// newest states, normalisation, dropout. By default there is none of them.
///
///     raw      = h, or Σ aₖ hₖ over the newest A states
///     features = dropout(norm(raw))
struct ForecastOriginBlock {
  let rows: Int
  /// States to pool, oldest first [A, rows, H], and what pooling keeps; no room where A is 1.
  let window: UnsafeMutablePointer<Float>
  let activations: UnsafeMutablePointer<Float>
  let raw: UnsafeMutablePointer<Float>  // [rows, H]
  let features: UnsafeMutablePointer<Float>  // [rows, H]
  /// Mean and scale of the normalisation: [rows] or [H] each.
  let mean: UnsafeMutablePointer<Float>
  let scale: UnsafeMutablePointer<Float>
  /// [rows], 1 where a target counts.
  let mask: UnsafeMutablePointer<Float>

  static func count(_ parts: ForecastNetworkParts, _ shape: ForecastNetworkShape, rows: Int) -> Int
  {
    windowCount(shape, rows: rows) + activationCount(parts, shape, rows: rows)
      + 2 * rows * shape.hiddenSize + 2 * max(rows, shape.hiddenSize) + rows
  }

  init(
    _ parts: ForecastNetworkParts, _ shape: ForecastNetworkShape, rows: Int,
    at base: UnsafeMutablePointer<Float>
  ) {
    self.rows = rows
    window = base
    activations = window + Self.windowCount(shape, rows: rows)
    raw = activations + Self.activationCount(parts, shape, rows: rows)
    features = raw + rows * shape.hiddenSize
    mean = features + rows * shape.hiddenSize
    scale = mean + max(rows, shape.hiddenSize)
    mask = scale + max(rows, shape.hiddenSize)
  }

  static func windowCount(_ shape: ForecastNetworkShape, rows: Int) -> Int {
    shape.pooledStates > 1 ? shape.pooledStates * rows * shape.hiddenSize : 0
  }

  private static func activationCount(
    _ parts: ForecastNetworkParts, _ shape: ForecastNetworkShape, rows: Int
  ) -> Int {
    parts.attention?.activationCount(steps: shape.pooledStates, batch: rows) ?? 0
  }
}

extension ForecastNetwork {
  /// From block.window, or block.raw where nothing is pooled, to the features that the head reads.
  ///
  /// - Parameters:
  ///   - running: the running statistics, which move toward the batch's; nil where the model is
  ///     used.
  /// - Returns: the features, [rows, H].
  func originForward(
    _ block: ForecastOriginBlock, packed: UnsafePointer<Float>, rows: Int,
    statistics: UnsafePointer<Float>, running: UnsafeMutablePointer<Float>? = nil,
    dropoutSeed: UInt64? = nil
  ) -> UnsafeMutablePointer<Float> {
    let hidden = shape.hiddenSize
    if let attention = parts.attention {
      attentionPoolingForward(
        attention, packed: packed, steps: shape.pooledStates, batch: rows, mask: nil,
        x: block.window, y: block.raw, activations: block.activations)
    }
    var current = block.raw
    if let norm = parts.layerNorm {
      layerNormForward(
        norm, packed: packed, rows: rows, x: current, xStride: hidden, y: block.features,
        yStride: hidden, mean: block.mean, scale: block.scale)
      current = block.features
    } else if let norm = parts.batchNorm {
      if let running, canNormalizeBatch(block, rows: rows) {
        batchNormForward(
          norm, packed: packed, rows: rows, mask: block.mask, x: current, y: block.features,
          statistics: running, mean: block.mean, scale: block.scale)
      } else {
        batchNormInference(
          norm, packed: packed, rows: rows, mask: nil, x: current, y: block.features,
          statistics: statistics, mean: block.mean, scale: block.scale)
      }
      current = block.features
    }
    if let seed = headDropoutSeed(dropoutSeed) {
      dropout(
        count: rows * hidden, rate: Float(shape.architecture.dropout), seed: seed, x: current,
        y: block.features)
      current = block.features
    }
    return current
  }

  /// The way back: dFeatures, [rows, H], becomes the gradient of raw; where states are pooled their
  /// gradients are left at dWindow, [A, rows, H].
  func originBackward(
    _ block: ForecastOriginBlock, packed: UnsafePointer<Float>, rows: Int, dropoutSeed: UInt64?,
    dFeatures: UnsafeMutablePointer<Float>, dWindow: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, dParameters: UnsafeMutablePointer<Float>
  ) {
    let hidden = shape.hiddenSize
    if let seed = headDropoutSeed(dropoutSeed) {
      dropout(
        count: rows * hidden, rate: Float(shape.architecture.dropout), seed: seed, x: dFeatures,
        y: dFeatures)
    }
    if let norm = parts.layerNorm {
      layerNormBackward(
        norm, packed: packed, rows: rows, x: block.raw, xStride: hidden, mean: block.mean,
        scale: block.scale, dy: dFeatures, dx: dFeatures, dParameters: dParameters)
    } else if let norm = parts.batchNorm {
      if canNormalizeBatch(block, rows: rows) {
        batchNormBackward(
          norm, packed: packed, rows: rows, mask: block.mask, x: block.raw, mean: block.mean,
          scale: block.scale, dy: dFeatures, dx: dFeatures, dParameters: dParameters)
      } else {
        // One origin has no variance: only the head learns from it.
        dFeatures.update(repeating: 0, count: rows * hidden)
      }
    }
    if let attention = parts.attention {
      attentionPoolingBackward(
        attention, packed: packed, steps: shape.pooledStates, batch: rows, x: block.window,
        activations: block.activations, dy: dFeatures, dx: dWindow, scratch: scratch,
        dParameters: dParameters)
    }
  }

  /// Apart from the seeds between the layers.
  private func headDropoutSeed(_ seed: UInt64?) -> UInt64? {
    shape.architecture.dropout == 0 ? nil : seed.map { ~$0 }
  }

  private func canNormalizeBatch(_ block: ForecastOriginBlock, rows: Int) -> Bool {
    var counted = 0
    for row in 0..<rows where block.mask[row] != 0 { counted += 1 }
    return counted >= 2
  }
}
