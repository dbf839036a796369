import Forecasting

/// Trains the model of one stream, again and again, and records what the gate decided.
///
/// One thread owns it. It is a class, so that a thread can hold one for each stream although a
/// `Trainer`, which has the optimizer's moments, cannot be copied.
final class StreamTrainer {
  private let settings: StreamSettings
  private var trainer: Trainer
  private var isRestored = false
  /// Why the newest training that was due learned nothing; it is reported once, until a training
  /// learns something.
  private var skipped: SkippedTraining?

  init(settings: StreamSettings) {
    self.settings = settings
    trainer = Trainer(settings: settings.training, findsSeasons: settings.findsSeasons)
  }

  /// Runs one training: trains a challenger, lets the gate decide, and records both in the
  /// registry.
  ///
  /// - Parameter shouldContinue: asked at each step; false abandons the training.
  func train(
    on dataset: TrainingDataset, because reason: TrainingReason, models: ModelRegistry,
    seed: UInt64, clock: any PipelineClock, log: PipelineLog, shouldContinue: () -> Bool
  ) {
    guard let champion = models.champion(of: settings.name) else { return }
    restoreOnce(champion, models: models, log: log)
    let version = models.nextVersion(of: settings.name)
    let result = trainer.train(
      champion: champion, dataset: dataset, version: version,
      seed: seed &+ UInt64(version) &* 0x9E37_79B9_7F4A_7C15,
      seconds: { Double(clock.monotonicNanoseconds()) * 1e-9 },
      progress: { progress in
        models.note(
          RetrainingProgress(
            stream: settings.name, step: progress.step, stepCount: progress.totalSteps))
        return shouldContinue()
      })
    models.note(nil)
    switch result {
    case .cancelled: models.giveBack(version, of: settings.name)
    case .insufficientData:
      models.giveBack(version, of: settings.name)
      log.debug(
        "history not sufficient to train yet",
        ["stream": settings.name, "longest": "\(dataset.longestHistory)"])
    case .skipped(var report):
      guard report.skipped != skipped else {
        return models.giveBack(version, of: settings.name)
      }
      skipped = report.skipped
      report.reason = reason
      log.info(
        "nothing is trained: every series has one value only, which a baseline forecasts",
        ["stream": settings.name, "series": "\(report.series)"])
      conclude(report, challenger: champion, models: models, log: log)
    case .finished(var outcome):
      skipped = nil
      outcome.report.reason = reason
      let seasons = outcome.challenger.settings.seasons
      if seasons != champion.settings.seasons {
        log.info(
          outcome.report.adopted
            ? "seasons found" : "seasons found, but no better forecasts by them",
          ["stream": settings.name, "seasons": "\(seasons)"])
      }
      conclude(outcome.report, challenger: outcome.challenger, models: models, log: log)
    }
  }

  private func conclude(
    _ report: TrainingReport, challenger: ForecastModel, models: ModelRegistry, log: PipelineLog
  ) {
    do throws(ModelStoreError) {
      try models.conclude(
        report, challenger: challenger, trainerState: trainer.encodedState())
    } catch {
      log.warning(
        "a better model could not be written, so it is not adopted",
        ["stream": settings.name, "error": "\(error)"])
    }
  }

  /// Restores the optimizer's moments and the learning rate of the last process, before the first
  /// training of this one.
  private func restoreOnce(_ champion: ForecastModel, models: ModelRegistry, log: PipelineLog) {
    guard !isRestored else { return }
    isRestored = true
    do {
      guard let state = try models.trainerState(of: settings.name) else { return }
      try trainer.restore(encoded: state, champion: champion)
    } catch {
      log.warning(
        "the trainer's state is not readable, so the optimizer starts anew",
        ["stream": settings.name, "error": "\(error)"])
    }
  }
}

/// Progress of a running training.
package struct RetrainingProgress: Sendable, Equatable {
  package var stream: String
  package var step: Int
  package var stepCount: Int
}
