import NeuralNetwork
import Numerics

/// Watches a full training on the part of the held-out stretch that validates: keeps the averaged
/// weights that were best there, within the tolerance the newest, and says when to stop.
///
/// The averages are over about 1 / (1 − decay) steps, so that they are worth as much in the middle
/// of the cosine, at a high rate, as the newest weights are at its end: a training that stops early
/// has nothing to catch up on.
struct TrainingValidation: ~Copyable {
  /// Series scored at most, so that a validation costs little beside the steps between two of them.
  private static let seriesMaximum = 32

  private let stretch: HeldOutStretch
  private let interval: Int
  private var stopping: EarlyStopping
  private var bestStep: Int?
  /// What belongs to the best weights beside them.
  private var bestStatistics: [Float] = []
  private var hasStopped = false

  /// Nil where nothing validates.
  static func begin(_ task: TrainingTask, network: ForecastNetwork) -> TrainingValidation? {
    let split = task.split
    let chosen = split.validated.evenly(
      atMost: min(task.settings.constants.holdoutSeries, seriesMaximum))
    guard !chosen.isEmpty else { return nil }
    let stretch = HeldOutStretch(
      chosen.map { task.dataset.series[$0] }, starts: chosen.map { split.trainEnds[$0] },
      ends: chosen.map { split.judgedFrom[$0] }, model: task.model, settings: task.settings)
    // Constant or missing values alone validate nothing.
    guard stretch.loss(of: network).count > 0 else { return nil }
    return TrainingValidation(
      stretch: stretch, settings: task.settings, parameterCount: network.layout.count)
  }

  private init(stretch: HeldOutStretch, settings: TrainingSettings, parameterCount: Int) {
    self.stretch = stretch
    interval = settings.constants.validationSteps
    stopping = EarlyStopping(
      count: parameterCount, patience: settings.validationPatience,
      tolerance: settings.constants.validationTolerance)
  }

  /// Scores the averaged weights where that is due: every so many steps, and after the last.
  ///
  /// - Parameter network: the newest weights, whose statistics belong to the average too.
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

  /// Puts the best weights into the network, which stays as it is where none had a finite loss.
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
