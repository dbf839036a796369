import NeuralNetwork
import Numerics

/// Validates a full training on the older part of the held-out stretch. Keeps the averaged weights
/// with the lowest loss there, or newer ones whose loss is within the tolerance, and decides when
/// the training stops.
///
/// The averages cover about 1 / (1 − decay) steps. Therefore they are as good in the middle of the
/// cosine, at a high rate, as the newest weights are at its end, and a training that stops early
/// loses nothing.
struct TrainingValidation: ~Copyable {
  /// The largest number of series that are scored, so that a validation costs little compared with
  /// the steps between two validations.
  private static let seriesMaximum = 128
  /// The largest number of validations of a training.
  private static let countMaximum = 40

  private let stretch: HeldOutStretch
  private let interval: Int
  private var stopping: EarlyStopping
  private var bestStep: Int?
  /// The running statistics of the best weights.
  private var bestStatistics: [Float] = []
  private var hasStopped = false

  /// Begins a validation; nil if there is nothing to validate on.
  ///
  /// - Parameter totalSteps: optimizer steps of the training.
  static func begin(
    _ task: TrainingTask, network: ForecastNetwork, totalSteps: Int
  ) -> TrainingValidation? {
    let split = task.split
    let chosen = split.validated.evenly(
      atMost: min(task.settings.constants.holdoutSeries, seriesMaximum))
    guard !chosen.isEmpty else { return nil }
    let stretch = HeldOutStretch(
      chosen.map { task.dataset.series[$0] }, starts: chosen.map { split.trainEnds[$0] },
      ends: chosen.map { split.judgedFrom[$0] }, model: task.model, settings: task.settings)
    // Constant or missing values alone give no targets.
    guard stretch.loss(of: network).count > 0 else { return nil }
    return TrainingValidation(
      stretch: stretch, settings: task.settings, parameterCount: network.layout.count,
      interval: max(task.settings.constants.validationSteps, totalSteps / countMaximum))
  }

  private init(
    stretch: HeldOutStretch, settings: TrainingSettings, parameterCount: Int, interval: Int
  ) {
    self.stretch = stretch
    self.interval = interval
    stopping = EarlyStopping(
      count: parameterCount, patience: settings.validationPatience,
      tolerance: settings.constants.validationTolerance)
  }

  /// Scores the averaged weights, if that is due: after every `interval` steps and after the last
  /// one.
  ///
  /// - Parameter network: the newest weights; their running statistics are used with the averaged
  ///   weights.
  /// - Returns: whether the training is to stop.
  mutating func observe(
    _ average: borrowing ExponentialMovingAverage, of network: ForecastNetwork,
    _ progress: TrainingProgress
  ) -> Bool {
    guard progress.step % interval == 0 || progress.step == progress.totalSteps else {
      return false
    }
    var candidate = network
    candidate.updateParameters { $0.copy(from: average.elements) }
    let loss = stretch.loss(of: candidate).mean
    switch stopping.observe(loss: loss, parameters: average.elements) {
    case .improved:
      bestStep = progress.step
      bestStatistics = network.statistics
    case .waiting: break
    case .stop: hasStopped = progress.step < progress.totalSteps
    }
    return hasStopped
  }

  /// Copies the best weights into the network. The network stays as it is if no weights had a
  /// finite loss.
  func restoreBest(into network: inout ForecastNetwork) -> TrainingReport.Validation? {
    guard let bestStep else { return nil }
    network.updateWeights { parameters, statistics in
      _ = stopping.restore(into: parameters)
      for index in statistics.indices { statistics[index] = bestStatistics[index] }
    }
    return TrainingReport.Validation(
      bestStep: bestStep, bestLoss: stopping.bestLoss, stoppedEarly: hasStopped)
  }
}
