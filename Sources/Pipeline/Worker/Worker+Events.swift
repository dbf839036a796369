package import Forecasting
import Metrics
import TimeSeries

// Changes of the state that are not records of the input: recorded events, which a replay applies
// again, and training.

extension Worker {
  /// Forgets the series that the last record has made due, applies the recorded events that are due
  /// before the record at the cursor, then starts the trainings that are due.
  mutating func applyWhatIsDue(before cursor: Cursor) throws(TransportError) {
    keepUp()
    for slot in partitions.indices where !partitions[slot].pendingEvents.isEmpty {
      var reached = partitions[slot].nextOffset
      if cursor.message < messages.count, messages[cursor.message].slot == slot {
        reached = max(reached, messages[cursor.message].offset)
      }
      while partitions[slot].eventIsDue(before: reached) {
        try applyRecordedEvent(slot: slot)
        try computeAndProduce()
      }
    }
    try retrainWhatIsDue()
  }

  private mutating func applyRecordedEvent(slot: Int) throws(TransportError) {
    if settings.isTransactional { try commitIfDue(isForced: true) }
    let event = partitions[slot].pendingEvents[0]
    var model: ForecastModel?
    if case .model(let stream, let version) = event.kind {
      model = loadModel(stream: stream, version: version)
    }
    partitions[slot].apply(event, model: model, control: controlSet(of: event))
    while !closeDueBuckets() { try computeAndProduce() }
    commits.hasUncommitted = true
    guard !partitions[slot].isReplaying else { return }
    endReplay(slot: slot)
    // What the committing of a long way has left.
    partitions[slot].clock.follow(partitions[slot].streams, by: .init())
  }

  private func loadModel(stream: String, version: Int) -> ForecastModel? {
    guard let known = settings.streams.first(where: { $0.name == stream }) else { return nil }
    do {
      if let model = try models.model(of: known, version: version, seed: settings.seed) {
        return model
      }
      log.warning(
        "a model that the committed offsets name is gone; the replay goes on with the present one",
        ["stream": stream, "version": "\(version)"])
    } catch {
      log.warning(
        "a model that the committed offsets name cannot be read; the replay goes on without it",
        ["stream": stream, "version": "\(version)", "error": "\(error)"])
    }
    return nil
  }

  /// Starts the trainings that event time has made due, or joins them if another worker has started
  /// them.
  private mutating func retrainWhatIsDue() throws(TransportError) {
    let newest = partitions.lazy.filter { !$0.isReplaying }.map(\.clock.watermark).max() ?? .min
    guard plan.isDue(at: newest) else { return }
    let planned = plan
    let due = takeDue(at: newest)
    guard !due.isEmpty else { return }
    if trainer == nil, settings.isTransactional {
      // An abort undoes neither a training within the loop nor the adoption of its model.
      do throws(TransportError) {
        try commitIfDue(isForced: true)
      } catch {
        plan = planned
        throw error
      }
    }
    for training in due { try retrain(training) }
  }

  /// Trains the model of every stream at once, whatever its schedule says. A replayed history calls
  /// it at its end.
  ///
  /// - Precondition: there is no trainer thread, and the sink is not transactional.
  package mutating func trainNow() throws(TransportError) {
    precondition(trainer == nil && !settings.isTransactional, "a trainer has its own thread")
    let newest = partitions.map(\.clock.watermark).max() ?? .min
    for (number, stream) in settings.streams.enumerated() {
      let isTrained = (models.champion(of: stream.name)?.version ?? 0) > 0
      try retrain(
        RetrainingPlan.Due(stream: number, time: newest, reason: isTrained ? .schedule : .first))
    }
  }

  /// The training store of a stream, for `train --history`.
  ///
  /// - Precondition: exactly one partition is assigned.
  package func trainingStore(ofStream number: Int) -> TrainingStore {
    precondition(partitions.count == 1, "a history is one partition")
    return partitions[0].streams[number].training
  }

  private mutating func takeDue(at watermark: Milliseconds) -> [RetrainingPlan.Due] {
    var drifted: Set<Int> = []
    for stream in plan.checksDue(at: watermark) {
      for slot in partitions.indices where !partitions[slot].isReplaying {
        if partitions[slot].streams[stream].drift.takeDrift() { drifted.insert(stream) }
      }
    }
    let isTrained = settings.streams.map { (models.champion(of: $0.name)?.version ?? 0) > 0 }
    let newest = settings.streams.indices.map { stream in
      partitions.map { $0.streams[stream].newestValue }.max() ?? .min
    }
    return plan.takeDue(
      at: watermark, isTrained: isTrained, drifted: drifted, newestValue: newest)
  }

  private mutating func retrain(_ due: RetrainingPlan.Due) throws(TransportError) {
    let stream = due.stream
    let settings = settings.streams[stream]
    if due.reason == .drift {
      metrics.drifts.add()
      log.info("forecasts have become worse for good: retraining now", ["stream": settings.name])
    }
    if let trainer {
      trainer.deposit(
        trainingDataset(of: stream), stream: settings.name, worker: workerNumber, due: due)
      return
    }
    // Samples may reach the training store here: everything is committed, or there are no aborts.
    for slot in partitions.indices { partitions[slot].streams[stream].flushSamples() }
    inlineTrainers[stream].train(
      on: trainingDataset(of: stream), because: due.reason, models: models,
      seed: self.settings.seed, clock: clock, log: log, shouldContinue: { true })
    try publishReports()
    adoptChampions()
  }

  /// Deposits histories for the rounds of training that other workers have opened.
  mutating func joinTrainingRounds() {
    guard let trainer, trainer.roundCount != joinedRoundCount else { return }
    joinedRoundCount = trainer.roundCount
    for stream in settings.streams.indices {
      let name = settings.streams[stream].name
      if trainer.wantsDeposit(stream: name, worker: workerNumber) {
        trainer.deposit(trainingDataset(of: stream), stream: name, worker: workerNumber)
      }
    }
  }

  /// A copy of the committed histories of a stream, merged over all partitions of this worker.
  private func trainingDataset(of stream: Int) -> TrainingDataset {
    TrainingDataset(
      interval: settings.streams[stream].alignment.interval,
      merging: partitions.map { $0.streams[stream].training.dataset() })
  }
}
