import NeuralNetwork
import Numerics
import TimeSeries

/// Trains challengers and puts them to the gate; it keeps the optimizer's moments between trainings.
///
/// The first training, from untrained weights, passes through whole histories with carried state;
/// later ones take few steps at a low rate from the champion's weights. One seed, champion and
/// dataset give the same bits.
///
/// A series-step of training costs about 10 µs with the default model on one core, so the first
/// training at most firstSteps · firstBatch · chunk · 10 µs, a later one about
/// onlineSteps · onlineBatch · (chunk + burnIn / 4) · 10 µs; the gate 3 µs a held-out series-step and
/// model.
package struct Trainer: ~Copyable, Sendable {
  let settings: TrainingSettings
  var optimizer: AdamOptimizer?
  /// The version that the moments belong to.
  private var optimizedVersion: Int?

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
    let isFirst = champion.version == 0
    let task = TrainingTask(
      dataset: dataset, split: split, model: champion.settings, settings: settings)
    var run = TrainingRun(network: champion.network)
    if isFirst || optimizedVersion != champion.version {
      // Moments of a challenger that was not adopted belong to other weights.
      optimizer = nil
    }
    var adam =
      optimizer.take()
      ?? AdamOptimizer(
        count: champion.network.layout.count, weightDecay: .decoupled(settings.weightDecay))
    var generator = RandomGenerator(seed: seed)
    let isComplete =
      isFirst
      ? task.trainFirst(&run, &adam, &generator, progress)
      : task.trainOnline(&run, &adam, &generator, progress)
    guard isComplete else { return .cancelled }
    guard run.statistics.samples > 0 else { return .insufficientData }
    let challenger = ForecastModel(
      stream: champion.stream, version: version, trainedThrough: split.trainedThrough,
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
    report.adopted = isAdopted
    report.championLoss = before.mean.isFinite ? before.mean : nil
    report.challengerLoss = after.mean.isFinite ? after.mean : nil
    report.evaluatedTargets = before.count / champion.settings.quantiles.count
    report.series = dataset.series.count
    report.seconds = seconds() - start
    return .finished(TrainingOutcome(challenger: challenger, report: report))
  }
}

extension TrainingReport {
  fileprivate init(
    champion: ForecastModel, challenger: ForecastModel, split: TrainingSplit,
    statistics: TrainingStatistics
  ) {
    self.init(
      stream: champion.stream, championVersion: champion.version,
      challengerVersion: challenger.version, adopted: false, isFirst: champion.version == 0,
      trainedThrough: split.trainedThrough, evaluatedFrom: split.evaluatedFrom,
      evaluatedThrough: split.evaluatedThrough, championLoss: nil, challengerLoss: nil,
      evaluatedTargets: 0, series: 0, steps: statistics.steps, samples: statistics.samples,
      trainingLoss: statistics.finalLoss, gradientNormMean: statistics.normMean,
      gradientNormMax: statistics.normMax, clippedShare: statistics.clippedShare,
      skippedSteps: statistics.skipped, seconds: 0, digest: challenger.digest)
  }
}
