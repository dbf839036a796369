import NeuralNetwork
import Numerics
import TimeSeries

/// Trains challengers and puts them to the gate; it keeps the optimizer's moments between trainings.
///
/// A full training passes through whole histories with carried state at a high rate: the first one,
/// and again whenever the histories have grown much since. The others take few steps at a low rate.
/// All start from the champion's weights. One seed, champion and dataset give the same bits, after
/// the same trainings before.
///
/// A series-step of training costs about 10 µs with the default model on one core, so a full
/// training at most fullSteps · fullBatch · chunk · 10 µs, an online one about
/// onlineSteps · onlineBatch · (chunk + burnIn / 4) · 10 µs; the gate 3 µs a held-out series-step and
/// model.
package struct Trainer: ~Copyable, Sendable {
  let settings: TrainingSettings
  var optimizer: AdamOptimizer?
  /// The version that the moments belong to.
  private var optimizedVersion: Int?
  /// Series-steps of the newest full training, adopted or not.
  private var attemptedSteps = 0

  package init(settings: TrainingSettings) {
    self.settings = settings
  }

  /// One training and its judgement.
  ///
  /// - Parameters:
  ///   - version: of the challenger.
  ///   - seconds: a monotonic clock, for the report only.
  ///   - progress: called after each optimizer step; false cancels.
  package mutating func train(
    champion: ForecastModel, dataset: TrainingDataset, version: Int, seed: UInt64,
    seconds: () -> Double, progress: (TrainingProgress) -> Bool = { _ in true }
  ) -> TrainingResult {
    precondition(dataset.interval == champion.settings.interval)
    let start = seconds()
    let split = TrainingSplit(dataset, model: champion.settings, settings: settings)
    guard let split else { return .insufficientData }
    let task = TrainingTask(
      dataset: dataset, split: split, model: champion.settings, settings: settings)
    var run = TrainingRun(network: champion.network)
    let available = task.available
    let isFull = isFullTrainingDue(champion, available: available)
    if isFull { attemptedSteps = available }
    if isFull || optimizedVersion != champion.version {
      // Moments of a challenger that was not adopted belong to other weights.
      optimizer = nil
    }
    var adam =
      optimizer.take()
      ?? AdamOptimizer(
        count: champion.network.layout.count, weightDecay: .decoupled(settings.weightDecay))
    var generator = RandomGenerator(seed: seed)
    let isComplete =
      isFull
      ? task.trainFull(&run, &adam, &generator, progress)
      : task.trainOnline(&run, &adam, &generator, progress)
    guard isComplete else { return .cancelled }
    guard run.statistics.samples > 0 else { return .insufficientData }
    let challenger = ForecastModel(
      stream: champion.stream, version: version, trainedThrough: split.trainedThrough,
      fullTrainingSteps: isFull ? available : champion.fullTrainingSteps,
      settings: champion.settings, network: run.network)
    let gate = ModelGate(
      dataset: dataset, split: split, model: champion.settings, settings: settings)
    let before = gate.loss(of: champion.network)
    let after = gate.loss(of: challenger.network)
    guard before.count > 0 else { return .insufficientData }
    let isAdopted =
      after.mean.isFinite
      && (!before.mean.isFinite || after.mean < before.mean * (1 - settings.margin))
    if isAdopted {
      optimizer = consume adam
      optimizedVersion = version
    }
    var report = TrainingReport(
      champion: champion, challenger: challenger, split: split, statistics: run.statistics)
    report.isFull = isFull
    report.adopted = isAdopted
    report.championLoss = before.mean.isFinite ? before.mean : nil
    report.challengerLoss = after.mean.isFinite ? after.mean : nil
    report.evaluatedTargets = before.count / champion.settings.quantiles.count
    report.series = dataset.series.count
    report.seconds = seconds() - start
    return .finished(TrainingOutcome(challenger: challenger, report: report))
  }

  /// A challenger that the gate refused is not tried again at the same size of histories.
  private func isFullTrainingDue(_ champion: ForecastModel, available: Int) -> Bool {
    if champion.version == 0 { return true }
    let known = max(champion.fullTrainingSteps, attemptedSteps)
    return Double(available) >= settings.fullTrainingGrowth * Double(known)
  }
}

extension TrainingReport {
  fileprivate init(
    champion: ForecastModel, challenger: ForecastModel, split: TrainingSplit,
    statistics: TrainingStatistics
  ) {
    self.init(
      stream: champion.stream, championVersion: champion.version,
      challengerVersion: challenger.version, adopted: false, isFull: false,
      trainedThrough: split.trainedThrough, evaluatedFrom: split.evaluatedFrom,
      evaluatedThrough: split.evaluatedThrough, championLoss: nil, challengerLoss: nil,
      evaluatedTargets: 0, series: 0, steps: statistics.steps, samples: statistics.samples,
      trainingLoss: statistics.finalLoss, gradientNormMean: statistics.normMean,
      gradientNormMax: statistics.normMax, clippedShare: statistics.clippedShare,
      skippedSteps: statistics.skipped, seconds: 0, digest: challenger.digest)
  }
}
