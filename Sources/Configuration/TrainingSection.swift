import Forecasting

/// `training:` — the data and the method of the trainer.
struct TrainingSection: Decodable {
  var settings = TrainingSettings()

  enum CodingKeys: String, CodingKey {
    case history, steps, chunk, batch, holdout, margin, threads
    case memoryMaximum = "memory_maximum"
    case historyMinimum = "history_minimum"
    case fullEpochs = "full_epochs"
    case fullSteps = "full_steps"
    case fullBatch = "full_batch"
    case fullLearningRate = "full_learning_rate"
    case learningRate = "learning_rate"
    case warmupSteps = "warmup_steps"
    case clipNorm = "clip_norm"
    case weightDecay = "weight_decay"
    case replayShare = "replay_share"
    case finalRateShare = "final_rate_share"
    case mirrorShare = "mirror_share"
    case averageDecay = "average_decay"
    case validationShare = "validation_share"
    case validationPatience = "validation_patience"
    case plateauPatience = "plateau_patience"
    case plateauFactor = "plateau_factor"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    settings.historyPoints = try container.value(.history, default: settings.historyPoints)
    settings.historyBytes = try container.value(.memoryMaximum, default: settings.historyBytes)
    settings.minimumHistory = try container.value(
      .historyMinimum, default: settings.minimumHistory)
    settings.fullEpochs = try container.value(.fullEpochs, default: settings.fullEpochs)
    settings.fullSteps = try container.value(.fullSteps, default: settings.fullSteps)
    settings.fullBatch = try container.value(.fullBatch, default: settings.fullBatch)
    settings.fullLearningRate = try container.value(
      .fullLearningRate, default: settings.fullLearningRate)
    settings.onlineSteps = try container.value(.steps, default: settings.onlineSteps)
    settings.onlineBatch = try container.value(.batch, default: settings.onlineBatch)
    settings.onlineLearningRate = try container.value(
      .learningRate, default: settings.onlineLearningRate)
    settings.warmupSteps = try container.value(.warmupSteps, default: settings.warmupSteps)
    settings.chunk = try container.value(.chunk, default: settings.chunk)
    settings.clipNorm = try container.value(.clipNorm, default: settings.clipNorm)
    settings.weightDecay = try container.value(.weightDecay, default: settings.weightDecay)
    settings.replayShare = try container.value(.replayShare, default: settings.replayShare)
    settings.finalRateShare = try container.value(
      .finalRateShare, default: settings.finalRateShare)
    settings.mirrorShare = try container.value(.mirrorShare, default: settings.mirrorShare)
    settings.averageDecay = try container.value(.averageDecay, default: settings.averageDecay)
    settings.validationShare = try container.value(
      .validationShare, default: settings.validationShare)
    settings.validationPatience = try container.value(
      .validationPatience, default: settings.validationPatience)
    settings.plateauPatience = try container.value(
      .plateauPatience, default: settings.plateauPatience)
    settings.plateauFactor = try container.value(.plateauFactor, default: settings.plateauFactor)
    settings.holdoutShare = try container.value(.holdout, default: settings.holdoutShare)
    settings.margin = try container.value(.margin, default: settings.margin)
    settings.threads = try container.value(.threads, default: settings.threads)
    do throws(ForecastingError) {
      try settings.validate()
    } catch {
      throw Self.located(error, in: container)
    }
  }

  /// The configuration keys, by the setting names in the errors of `TrainingSettings`.
  private static let keys: [String: CodingKeys] = [
    "historyPoints": .history, "historyBytes": .memoryMaximum, "minimumHistory": .historyMinimum,
    "fullLearningRate": .fullLearningRate,
    "onlineLearningRate": .learningRate, "fullEpochs": .fullEpochs, "fullSteps": .fullSteps,
    "onlineSteps": .steps, "chunk": .chunk, "fullBatch": .fullBatch,
    "onlineBatch": .batch, "clipNorm": .clipNorm, "weightDecay": .weightDecay,
    "warmupSteps": .warmupSteps, "holdoutShare": .holdout, "margin": .margin,
    "threads": .threads,
    "replayShare": .replayShare, "finalRateShare": .finalRateShare, "mirrorShare": .mirrorShare,
    "averageDecay": .averageDecay, "plateauPatience": .plateauPatience,
    "plateauFactor": .plateauFactor, "validationShare": .validationShare,
    "validationPatience": .validationPatience,
  ]

  private static func located(
    _ error: ForecastingError, in container: KeyedDecodingContainer<CodingKeys>
  ) -> DecodingError {
    guard case .invalidSetting(let name, let reason) = error, let key = keys[name] else {
      return DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: container.codingPath, debugDescription: "\(error)"))
    }
    return container.impossible(key, reason)
  }
}
