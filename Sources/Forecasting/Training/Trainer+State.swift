import NeuralNetwork

/// What a trainer carries from training to training, as a safetensors file beside the models.
extension Trainer {
  private static let format = "forecastd-trainer-1"

  /// Optimizer state, online rate and sizes; equal trainers give equal bytes. Nil before any
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

  /// Goes on where the trainer that wrote the state stopped.
  ///
  /// Moments of other weights than the champion's are not used, as after any training that was not
  /// adopted; a rate above today's setting becomes the setting.
  ///
  /// - Throws: what is wrong with the file; the trainer is as new then.
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
