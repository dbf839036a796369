import NeuralNetwork
import Numerics
import TimeSeries

/// Trains challengers, and lets the gate compare them with the champion. Between trainings it keeps
/// the moments of the optimizer and the online rate; `encodedState` carries both over a restart.
///
/// A full training passes through whole histories with carried state at a high rate. The first
/// training is full; another full one follows when the histories have grown by
/// `fullTrainingGrowth`. The other trainings are online: a few steps at a low rate. All of them
/// start from the weights of the champion, unless other seasons are found (`SeasonChanges`). Equal
/// seed, champion and dataset give equal bits, after the same earlier trainings.
///
/// A full training keeps the weights that were best on the older part of the held-out stretch, and
/// stops when they have not become better for a while. The gate judges on the newer part.
///
/// A series-step of training costs about 4 µs with the default model on one core of 2024. A full
/// training therefore costs at most fullSteps · fullBatch · chunk · 4 µs, which is 25 s with the
/// defaults, and an online one about onlineSteps · onlineBatch · (chunk + burnIn / 3) · 4 µs, which
/// is 0.3 s. The gate costs 2 µs for each series-step of the held-out stretch and the burn-in, for
/// each of the two models.
package struct Trainer: ~Copyable, Sendable {
  let settings: TrainingSettings
  var optimizer: AdamOptimizer?
  /// Digest of the weights that the moments belong to.
  var optimizedDigest = ""
  /// Number of series-steps of the newest full training, adopted or not.
  var attemptedSteps = 0
  /// Lowers the online rate when trainings no longer lead to better models.
  var plateau: ReduceOnPlateau
  /// Product of the ratios by which adopted models have changed the loss since the last full
  /// training. Held-out stretches differ, so only losses on the same stretch are comparable.
  var relativeLoss = 1.0

  /// The seasons that were last found and tried; nil if no seasons are looked for.
  var seasons: SeasonChanges?

  /// - Parameter findsSeasons: whether a model with the seasons found in the histories is tried if
  ///   the champion has others.
  package init(settings: TrainingSettings, findsSeasons: Bool = false) {
    seasons = findsSeasons ? SeasonChanges() : nil
    self.settings = settings
    plateau = Self.freshPlateau(settings)
  }

  /// Learning rate of the next online training.
  package var onlineRate: Double { plateau.rate }

  static func freshPlateau(_ settings: TrainingSettings) -> ReduceOnPlateau {
    ReduceOnPlateau(
      rate: settings.onlineLearningRate, factor: settings.plateauFactor,
      patience: settings.plateauPatience - 1,
      floor: settings.onlineLearningRate * settings.constants.plateauFloor)
  }

  /// Runs one training and lets the gate judge its challenger.
  ///
  /// - Parameters:
  ///   - version: version of the challenger.
  ///   - seconds: reads a monotonic clock; used for the report only.
  ///   - progress: called after each optimizer step; false cancels the training.
  package mutating func train(
    champion incumbent: ForecastModel, dataset: TrainingDataset, version: Int, seed: UInt64,
    seconds: () -> Double, progress: (TrainingProgress) -> Bool = { _ in true }
  ) -> TrainingResult {
    precondition(dataset.interval == incumbent.settings.interval)
    let start = seconds()
    if let report = skip(incumbent, dataset, version: version, start: start, seconds) {
      return .skipped(report)
    }
    let champion =
      seasons?.start(from: incumbent, dataset, training: settings, seed: seed) ?? incumbent
    guard let task = task(for: champion, dataset) else { return .insufficientData }
    let (split, isFull) = (task.split, task.isFull)
    var adam = takeOptimizer(for: champion, isFull: isFull)
    var run = TrainingRun(network: champion.network, threads: settings.threads)
    var generator = RandomGenerator(seed: seed)
    let isComplete =
      isFull
      ? task.trainFull(&run, &adam, &generator, progress)
      : task.trainOnline(&run, &adam, rate: onlineRate, &generator, progress)
    guard isComplete else { return .cancelled }
    if isFull { attemptedSteps = task.available }
    let challenger = ForecastModel(
      stream: champion.stream, version: version, trainedThrough: split.trainedThrough,
      fullTrainingSteps: isFull ? task.available : champion.fullTrainingSteps,
      settings: champion.settings, network: run.network)
    var report = TrainingReport(
      champion: incumbent, challenger: challenger, split: split, statistics: run.statistics)
    report.isFull = isFull
    report.validation = run.validation
    report.learningRate = isFull ? settings.fullLearningRate : onlineRate
    report.series = dataset.series.count
    let gate = ModelGate(
      dataset: dataset, split: split, model: champion.settings, settings: settings)
    gate.judge(challenger, against: incumbent, &report)
    seasons?.note(isAdopted: report.adopted)
    guard report.samples > 0, report.evaluatedTargets > 0 else { return .insufficientData }
    if report.adopted {
      optimizer = consume adam
      optimizedDigest = challenger.digest
    }
    observe(report)
    report.seconds = seconds() - start
    return .finished(TrainingOutcome(challenger: challenger, report: report))
  }

  /// A report if there is nothing to learn, although the histories are long enough: all series are
  /// constant, so no target has a unit. Training would take as long as with any other values.
  private func skip(
    _ champion: ForecastModel, _ dataset: TrainingDataset, version: Int, start: Double,
    _ seconds: () -> Double
  ) -> TrainingReport? {
    guard let split = TrainingSplit(dataset, model: champion.settings, settings: settings),
      !dataset.varies(upTo: split.trainEnds), !dataset.hasVariedSegments
    else { return nil }
    var report = TrainingReport(
      champion: champion, challenger: champion, split: split, statistics: TrainingStatistics())
    report.challengerVersion = version
    report.series = dataset.series.count
    report.skipped = .constant
    report.seconds = seconds() - start
    return report
  }

  private mutating func observe(_ report: TrainingReport) {
    if report.isFull {
      plateau = Self.freshPlateau(settings)
      relativeLoss = 1
      return
    }
    if report.adopted, let before = report.championLoss, let after = report.challengerLoss,
      before > 0
    {
      relativeLoss *= after / before
    }
    plateau.observe(relativeLoss)
  }

  /// The moments from the champion's own training, or fresh ones. Moments of a challenger that was
  /// not adopted belong to other weights. A full training, which has another rate, always has fresh
  /// ones.
  private mutating func takeOptimizer(
    for champion: ForecastModel, isFull: Bool
  ) -> AdamOptimizer {
    let kept = optimizer.take()
    if !isFull, optimizedDigest == champion.digest, let kept { return kept }
    return freshOptimizer(for: champion)
  }

  /// A full training if one is due, otherwise an online one; nil if the histories are too short.
  private func task(for champion: ForecastModel, _ dataset: TrainingDataset) -> TrainingTask? {
    let full = TrainingTask(dataset, model: champion.settings, settings: settings, isFull: true)
    guard let full, !isFullTrainingDue(champion, available: full.available) else { return full }
    return TrainingTask(dataset, model: champion.settings, settings: settings, isFull: false)
  }

  /// A full training whose challenger the gate refused is not repeated with histories of the same
  /// size.
  private func isFullTrainingDue(_ champion: ForecastModel, available: Int) -> Bool {
    if champion.version == 0 { return true }
    let known = max(champion.fullTrainingSteps, attemptedSteps)
    return Double(available) >= settings.constants.fullTrainingGrowth * Double(known)
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
      trainingLoss: statistics.finalLoss, learningRate: 0, gradientNormMean: statistics.normMean,
      gradientNormMax: statistics.normMaximum, clippedShare: statistics.clippedShare,
      skippedSteps: statistics.skipped, seconds: 0, digest: challenger.digest)
  }
}
