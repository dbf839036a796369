/// How the model of a stream is trained. None of these settings changes the form of the model.
///
/// Work is bounded by counts of optimizer steps, never by time, so that one seed gives one result.
package struct TrainingSettings: Sendable, Equatable {
  /// Number of steps of each series, the newest ones, that are kept for training, as far as
  /// `historyBytes` allow. Default 1,048,576.
  package var historyPoints = 1 << 20
  /// Largest number of bytes that the store of a stream keeps in one partition. Default 64 MiB.
  package var historyBytes = 64 << 20
  /// Number of steps that the longest history must have before the first training. Default 192.
  package var minimumHistory = 192
  /// Peak learning rate of a full training. Default 3e-3.
  package var fullLearningRate = 3e-3
  /// Learning rate at the end of the cosine schedule, as a share of the peak. Default 0.03.
  package var finalRateShare = 0.03
  /// Peak learning rate of online trainings. Default 5e-4.
  package var onlineLearningRate = 5e-4
  /// Number of passes over all histories in a full training, unless `fullSteps` ends it. Default
  /// 16.
  package var fullEpochs = 16
  /// Largest number of optimizer steps of a full training. Default 8000.
  package var fullSteps = 8000
  /// Optimizer steps of an online training. Default 16.
  package var onlineSteps = 16
  /// Number of steps through which gradients flow back (truncated back-propagation). Default 96.
  package var chunk = 96
  /// Series of a minibatch in a full training. Default 8.
  package var fullBatch = 8
  /// Series of a minibatch in online trainings. Default 32.
  package var onlineBatch = 32
  /// Largest global norm of the gradients. Default 1.
  package var clipNorm = 1.0
  /// AdamW's decoupled weight decay: each step shrinks the weights by this times the rate. Default
  /// 0.1.
  package var weightDecay = 0.1
  /// Share of the histories that are trained on with the sign of their values turned, which doubles
  /// the data of a few series; it falls as series become more (`TrainingConstants`). Default 0.5.
  package var mirrorShare = 0.5
  /// Decay for each step of the exponential moving average of the weights. A full training ends
  /// with this average; zero takes the newest weights. Default 0.99.
  package var averageDecay = 0.99
  /// Share of the held-out stretch, its older part, that validates full trainings: the weights that
  /// are best on it are kept. Nothing validates if a part would be shorter than two horizons.
  /// Default 0.5; zero leaves the whole stretch to the gate.
  package var validationShare = 0.5
  /// Number of validations in a row without better weights after which a full training stops.
  /// Default 6.
  package var validationPatience = 6
  /// Number of online trainings in a row without a better model after which their rate is reduced.
  /// Default 4.
  package var plateauPatience = 4
  /// Factor by which the rate is then multiplied. Default 0.5.
  package var plateauFactor = 0.5
  /// Optimizer steps over which the full training's rate rises. Default 20.
  package var warmupSteps = 20
  /// Share of the longest history, its newest part, that is held out for validation and the gate;
  /// `TrainingSplit` bounds it. Default 0.15.
  package var holdoutShare = 0.15
  /// Share of the champion's loss by which the loss of a challenger must be lower. Default 0.
  package var margin = 0.0
  /// Share of chunks in online trainings that are drawn uniformly from the whole past; the others
  /// are recent. Default 0.5.
  package var replayShare = 0.5
  /// Number of threads that compute each minibatch. The result is the same bits for any number.
  /// Default 1, because the other processors are for the workers.
  package var threads = 1

  /// Values that the configuration cannot change.
  package var constants = TrainingConstants()

  package init() {}

  /// - Throws: the first setting that is out of range.
  package func validate() throws(ForecastingError) {
    try require((64...(1 << 22)).contains(historyPoints), "historyPoints", "must be 64…4194304")
    try require(historyBytes >= 1 << 16, "historyBytes", "must be at least 65536 bytes")
    try require(minimumHistory >= 32, "minimumHistory", "must be at least 32 steps")
    try require(
      minimumHistory <= historyPoints, "minimumHistory", "must not exceed historyPoints")
    try require(isRate(fullLearningRate), "fullLearningRate", "must be in (0, 10]")
    try require(isRate(onlineLearningRate), "onlineLearningRate", "must be in (0, 10]")
    try require((0...1).contains(finalRateShare), "finalRateShare", "must be in 0…1")
    try require(fullEpochs >= 1, "fullEpochs", "must be positive")
    try require(fullSteps >= 1, "fullSteps", "must be positive")
    try require(onlineSteps >= 1, "onlineSteps", "must be positive")
    try require((8...4096).contains(chunk), "chunk", "must be 8…4096 steps")
    try require((1...1024).contains(fullBatch), "fullBatch", "must be 1…1024 series")
    try require((1...1024).contains(onlineBatch), "onlineBatch", "must be 1…1024 series")
    try require(clipNorm > 0 && clipNorm.isFinite, "clipNorm", "must be positive")
    try require((0...100).contains(weightDecay), "weightDecay", "must be in 0…100")
    try require(warmupSteps >= 0, "warmupSteps", "must not be negative")
    try require(holdoutShare > 0 && holdoutShare < 1, "holdoutShare", "must be between 0 and 1")
    try require(margin >= 0 && margin < 1, "margin", "must be in 0…1")
    try require((0...1).contains(replayShare), "replayShare", "must be in 0…1")
    try require((1...64).contains(threads), "threads", "must be 1…64")
    try require((0...1).contains(mirrorShare), "mirrorShare", "must be in 0…1")
    try require((0..<1).contains(averageDecay), "averageDecay", "must be in 0…1, below 1")
    try require(
      validationShare >= 0 && validationShare < 1, "validationShare", "must be in 0…1, below 1")
    try require(validationPatience >= 1, "validationPatience", "must be positive")
    try require((1...1000).contains(plateauPatience), "plateauPatience", "must be 1…1000")
    try require(
      plateauFactor > 0 && plateauFactor < 1, "plateauFactor", "must be between 0 and 1")
  }

  private func isRate(_ rate: Double) -> Bool { rate > 0 && rate <= 10 }
}
