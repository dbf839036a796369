import Forecasting

/// Trains the model of one stream, again and again, and records what the gate decided.
///
/// Owned by one thread; a class, so that a thread can hold one a stream although a `Trainer`, which
/// keeps the optimizer's moments, cannot be copied.
final class StreamTrainer {
  private let settings: StreamSettings
  private var trainer: Trainer
  private var isRestored = false

  init(settings: StreamSettings) {
    self.settings = settings
    trainer = Trainer(settings: settings.training, findsSeasons: settings.findsSeasons)
  }

  /// One retraining: challenger, gate, and the registry's record of both.
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
    case .finished(var outcome):
      outcome.report.reason = reason
      let seasons = outcome.challenger.settings.seasons
      if seasons != champion.settings.seasons {
        log.info(
          outcome.report.adopted
            ? "seasons found" : "seasons found, but no better forecasts by them",
          ["stream": settings.name, "seasons": "\(seasons)"])
      }
      do throws(ModelStoreError) {
        try models.conclude(
          outcome.report, challenger: outcome.challenger, trainerState: trainer.encodedState())
      } catch {
        log.warning(
          "a better model could not be written, so it is not adopted",
          ["stream": settings.name, "error": "\(error)"])
      }
    }
  }

  /// Before the first training of the process: goes on with the moments and the rate of the last
  /// one.
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

/// How far a training that is under way has come.
package struct RetrainingProgress: Sendable, Equatable {
  package var stream: String
  package var step: Int
  package var stepCount: Int
}
