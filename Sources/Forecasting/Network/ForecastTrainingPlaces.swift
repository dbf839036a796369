import NeuralNetwork

/// Offsets of a chunk's activations and gradients inside one scratch buffer, beside those of the
/// recurrent layers.
struct ForecastTrainingPlaces {
  /// [T, B, H]: gradient of the top layer's outputs.
  let dOutputs: Int
  /// A `ForecastOriginBlock` of P·B rows.
  let origins: Int
  /// [P·B, H]
  let dFeatures: Int
  /// [A, P·B, H], where states are pooled, and what the way back through pooling needs.
  let dWindow: Int
  let dAttention: Int
  /// Activations of a block of rows of the head.
  let head: Int
  /// Their gradients: [rows, N·W + K], 2 × [rows, 2H], [rows, H + C].
  let dHead: Int
  /// Sums of squared errors and how many, [N] each.
  let errors: Int
  let count: Int

  init(
    _ parts: ForecastNetworkParts, _ shape: ForecastNetworkShape, steps: Int, batch: Int,
    positions: Int
  ) {
    let rows = ForecastTrainingWorkspace.headRows
    let origins = positions * batch
    var next = 0
    func place(_ length: Int) -> Int {
      defer { next += (length + 15) & ~15 }
      return next
    }
    dOutputs = place(steps * batch * shape.hiddenSize)
    self.origins = place(ForecastOriginBlock.count(parts, shape, rows: origins))
    dFeatures = place(origins * shape.hiddenSize)
    dWindow = place(ForecastOriginBlock.windowCount(shape, rows: origins))
    dAttention = place(
      parts.attention?.scratchCount(steps: shape.pooledStates, batch: origins) ?? 0)
    head = place(ForecastHeadBlock.count(shape, rows: rows))
    dHead = place(
      rows * (shape.headColumns + 2 * shape.headWidth + shape.headInputSize))
    errors = place(2 * shape.horizon)
    count = next
  }
}
