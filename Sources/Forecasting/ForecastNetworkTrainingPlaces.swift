/// Offsets of a chunk's activations and gradients inside one scratch buffer.
struct ForecastTrainingPlaces {
  let steps: Int
  /// One step's [B, H].
  let plane: Int
  /// [T, B, H]: gradient reaching the outputs of the layer at work.
  let dHidden: Int
  /// [T, B, H]: gradient of that layer's inputs.
  let dInput: Int
  /// [B, H]
  let dCell: Int
  /// [B, H]
  let dHidden0: Int
  /// Activations of a block of rows of the head.
  let head: Int
  /// Their gradients: [rows, N·Q + K], 2 × [rows, 2H], [rows, H + C].
  let dHead: Int
  let count: Int

  init(_ shape: ForecastNetworkShape, steps: Int, batch: Int) {
    self.steps = steps
    plane = batch * shape.hiddenSize
    let rows = ForecastTrainingWorkspace.headRows
    var next = shape.layerCount * Self.layerSize(steps: steps, plane: plane)
    func place(_ length: Int) -> Int {
      defer { next += (length + 15) & ~15 }
      return next
    }
    dHidden = place(steps * plane)
    dInput = place(steps * plane)
    dCell = place(plane)
    dHidden0 = place(plane)
    head = place(ForecastHeadBlock.count(shape, rows: rows))
    dHead = place(
      rows
        * (shape.outputSize + shape.baseCount + 2 * shape.headWidth + shape.headInputSize))
    count = next
  }

  /// [T+1, B, H]: the initial state, then the outputs.
  func hidden(_ layer: Int) -> Int { layer * Self.layerSize(steps: steps, plane: plane) }
  /// [T+1, B, H]
  func cell(_ layer: Int) -> Int { hidden(layer) + (steps + 1) * plane }
  /// [T, B, 4H]
  func gates(_ layer: Int) -> Int { cell(layer) + (steps + 1) * plane }

  private static func layerSize(steps: Int, plane: Int) -> Int {
    (2 * (steps + 1) * plane + 4 * steps * plane + 15) & ~15
  }
}
