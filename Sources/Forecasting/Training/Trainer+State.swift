import NeuralNetwork

/// The state that a trainer keeps between trainings, as a safetensors file beside the models.
extension Trainer {
  private static let format = "forecastd-trainer-1"

  /// Optimizer state, online rate and sizes. Equal trainers give equal bytes. Nil before any
  /// training.
  package func encodedState() -> [UInt8]? {
    guard let descriptors = optimizer?.stateDescriptors() else { return nil }
    var writer = SafetensorsWriter(
      descriptors,
      metadata: [
        "format": Self.format,
        "digest": optimizedDigest,
        "attempted_steps": String(attemptedSteps),
        "relative_loss": String(relativeLoss),
        "rate": String(plateau.state.rate),
        "best": String(plateau.state.best),
        "bad_count": String(plateau.state.badCount),
      ])
    optimizer?.appendState(to: &writer)
    return writer.finish()
  }

  /// Restores the state that another trainer wrote.
  ///
  /// Moments that belong to other weights than the champion's are not used, as after any training
  /// that was not adopted. A rate above the present setting is reduced to the setting.
  ///
  /// - Throws: what is wrong with the file. The trainer is then unchanged.
  package mutating func restore(
    encoded bytes: [UInt8], champion: ForecastModel
  ) throws(ForecastingError) {
    let file: SafetensorsReader
    var adam = freshOptimizer(for: champion)
    do {
      file = try SafetensorsReader(bytes)
      try adam.restoreState(file)
    } catch {
      throw .modelFile(error)
    }
    let metadata = ModelMetadata(file.metadata)
    guard try metadata.text("format") == Self.format else { throw .modelMetadata(key: "format") }
    let digest = try metadata.text("digest")
    let attempted: Int = try metadata.number("attempted_steps")
    let loss: Double = try metadata.number("relative_loss")
    var state = ReduceOnPlateau.State(
      rate: try metadata.number("rate"), best: try metadata.number("best"),
      badCount: try metadata.number("bad_count"))
    guard loss > 0, state.rate > 0, attempted >= 0, state.badCount >= 0 else {
      throw .modelMetadata(key: "rate")
    }
    state.rate = min(state.rate, settings.onlineLearningRate)
    optimizer = consume adam
    optimizedDigest = digest
    attemptedSteps = attempted
    relativeLoss = loss
    plateau.state = state
  }

  func freshOptimizer(for champion: ForecastModel) -> AdamOptimizer {
    AdamOptimizer(
      count: champion.network.layout.count, weightDecay: .decoupled(settings.weightDecay))
  }
}
