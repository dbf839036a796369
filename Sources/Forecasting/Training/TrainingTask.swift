import NeuralNetwork
import Numerics
import TimeSeries

/// What a training works on; how it walks through histories and segments.
struct TrainingTask {
  let dataset: TrainingDataset
  let split: TrainingSplit
  let model: ModelSettings
  let settings: TrainingSettings
  /// Whether it passes through whole histories rather than taking few steps.
  let isFull: Bool
  /// All histories, then all older segments.
  let sources: [TrainingDataset.Series]
  /// Steps of each source up to the cut.
  let ends: [Int]
  /// Sources that are long enough before the cut.
  let usable: [Int]

  /// Fewest optimizer steps of a full training, however little data there is.
  static let leastFullSteps = 200
  /// Fewest steps before the cut of a history worth training on.
  static let leastHistory = Int(HistoryLane.youngestOrigin) + 8
  /// What is recent in online trainings, in chunks before the cut.
  static let recentChunks = 8

  /// Nil where the histories are too short.
  init?(
    _ dataset: TrainingDataset, model: ModelSettings, settings: TrainingSettings, isFull: Bool
  ) {
    guard
      let split = TrainingSplit(
        dataset, model: model, settings: settings,
        validationShare: isFull ? settings.validationShare : 0)
    else { return nil }
    self.dataset = dataset
    self.split = split
    self.model = model
    self.settings = settings
    self.isFull = isFull
    sources = dataset.series + dataset.segments
    let ends =
      split.trainEnds + dataset.segments.map { split.trainEnd(of: $0, interval: dataset.interval) }
    self.ends = ends
    usable = sources.indices.filter { ends[$0] >= Self.leastHistory }
  }

  /// Series-steps before the cut of all usable sources.
  var available: Int { usable.reduce(0) { $0 + ends[$1] } }

  /// Steps of a chunk: through which gradients flow, or the window that each forecast reads anew.
  private var chunkSteps: Int {
    isWindowed ? model.architecture.fixedWindow : settings.chunk
  }
  private var isWindowed: Bool { model.architecture.fixedWindow > 0 }

  /// Passes through the sources from their starts with carried state: truncated back-propagation.
  ///
  /// Each lane of the minibatch walks through a stretch of one source, then takes the next, in an
  /// order shuffled anew each time round. What is left in the run is the exponential moving average
  /// of the weights: the newest one, or the one that was best on the stretch that validates.
  ///
  /// - Returns: false where the progress handler cancelled.
  func trainFull(
    _ run: inout TrainingRun, _ optimizer: inout AdamOptimizer,
    _ generator: inout RandomGenerator, _ progress: (TrainingProgress) -> Bool
  ) -> Bool {
    guard available > 0 else { return true }
    var (batch, schedule, queue) = fullPlan()
    let layout = FeatureLayout(model)
    var lanes = Array(repeating: HistoryLane(layout: layout), count: batch)
    var average = ExponentialMovingAverage(
      count: run.network.layout.count, decay: settings.averageDecay)
    var validation = TrainingValidation.begin(self, network: run.network)
    for step in 0..<schedule.totalSteps {
      let positions = positions(&generator)
      var chunk = ForecastTrainingChunk(
        shape: run.network.shape, steps: chunkSteps, batch: batch, positions: positions)
      chunk.dropoutSeed = dropoutSeed(&generator)
      let pointers = ChunkPointers(&chunk, layout: layout)
      var samples = 0
      for lane in 0..<batch {
        if lanes[lane].isFinished {
          let stretch = queue.next(&generator)
          lanes[lane].begin(
            sources[stretch.series], at: stretch.start, end: stretch.end,
            isMirrored: generator.uniform() < settings.mirrorShare)
        } else if step > 0, !isWindowed {
          chunk.carry(run.workspace, lane: lane, shape: run.network.shape)
        }
        samples += lanes[lane].write(into: pointers, lane: lane, positions: positions)
      }
      let loss = run.step(
        chunk, samples: samples, rate: schedule.rate(step: step), clipNorm: settings.clipNorm,
        optimizer: &optimizer)
      run.network.withParameters { average.update($0) }
      let state = TrainingProgress(step: step + 1, totalSteps: schedule.totalSteps, loss: loss)
      guard progress(state) else { return false }
      if validation?.observe(average, of: run.network, state) ?? false { break }
    }
    run.network.updateParameters { $0.copy(from: average.elements) }
    run.validation = validation?.restoreBest(into: &run.network)
    return true
  }

  /// How many lanes there are, how the rate goes, and which stretches are passed through: whole
  /// sources, or, where the steps do not reach for all of all of them, parts that start anywhere.
  private func fullPlan() -> (batch: Int, schedule: WarmupCosineSchedule, queue: StretchQueue) {
    let available = available
    let batch = min(settings.fullBatch, max(1, available / (2 * chunkSteps)))
    let stepsPerEpoch = (available + batch * chunkSteps - 1) / (batch * chunkSteps)
    let total = min(
      settings.fullSteps, max(Self.leastFullSteps, settings.fullEpochs * stepsPerEpoch))
    let schedule = WarmupCosineSchedule(
      peak: settings.fullLearningRate,
      floor: settings.fullLearningRate * settings.finalRateShare,
      warmupSteps: min(settings.warmupSteps, total / 4), totalSteps: total)
    let reach = total * batch * chunkSteps / usable.count
    let queue = StretchQueue(
      series: usable, ends: ends,
      longest: max(4 * chunkSteps, min(reach, available / batch)), chunk: chunkSteps)
    return (batch, schedule, queue)
  }

  /// Few steps at a low rate on chunks drawn from the recent past and from all of it, each after a
  /// burn-in from zero that no gradient passes through.
  ///
  /// - Returns: false where the progress handler cancelled.
  func trainOnline(
    _ run: inout TrainingRun, _ optimizer: inout AdamOptimizer, rate: Double,
    _ generator: inout RandomGenerator, _ progress: (TrainingProgress) -> Bool
  ) -> Bool {
    var candidates = usable.filter {
      ends[$0] >= settings.constants.burnIn + chunkSteps / 2 + model.horizon
    }
    let burnIn = candidates.isEmpty || isWindowed ? 0 : settings.constants.burnIn
    if candidates.isEmpty { candidates = usable }
    guard !candidates.isEmpty else { return true }
    let draw = ChunkDraw(candidates, ends: ends, historyCount: dataset.series.count)
    let batch = min(settings.onlineBatch, 4 * candidates.count)
    let total = settings.onlineSteps
    let schedule = WarmupCosineSchedule(
      peak: rate, floor: rate * settings.finalRateShare, warmupSteps: min(4, total / 4),
      totalSteps: total)
    let layout = FeatureLayout(model)
    var lanes = Array(repeating: HistoryLane(layout: layout), count: batch)
    for step in 0..<total {
      var samples = 0
      for lane in 0..<batch {
        let isReplay = generator.uniform() < settings.replayShare
        let source = isReplay ? draw.any(&generator) : draw.recent(&generator)
        let end = ends[source]
        let last = max(0, end - burnIn - chunkSteps)
        let first = isReplay ? 0 : max(0, last - Self.recentChunks * chunkSteps)
        lanes[lane].begin(
          sources[source], at: Int.random(in: first...last, using: &generator), end: end,
          isMirrored: generator.uniform() < settings.mirrorShare)
      }
      let hasState = warmUp(&lanes, steps: burnIn, run: &run, layout: layout)
      let positions = positions(&generator)
      var chunk = ForecastTrainingChunk(
        shape: run.network.shape, steps: chunkSteps, batch: batch, positions: positions)
      chunk.dropoutSeed = dropoutSeed(&generator)
      let pointers = ChunkPointers(&chunk, layout: layout)
      for lane in 0..<batch {
        if hasState { chunk.carry(run.workspace, lane: lane, shape: run.network.shape) }
        samples += lanes[lane].write(into: pointers, lane: lane, positions: positions)
      }
      let loss = run.step(
        chunk, samples: samples, rate: schedule.rate(step: step), clipNorm: settings.clipNorm,
        optimizer: &optimizer)
      let state = TrainingProgress(step: step + 1, totalSteps: total, loss: loss)
      guard progress(state) else { return false }
    }
    return true
  }

  /// Leaves the lanes' states after the burn-in in the workspace.
  private func warmUp(
    _ lanes: inout [HistoryLane], steps: Int, run: inout TrainingRun, layout: FeatureLayout
  ) -> Bool {
    guard steps > 0 else { return false }
    var chunk = ForecastTrainingChunk(
      shape: run.network.shape, steps: steps, batch: lanes.count, positions: [])
    let pointers = ChunkPointers(&chunk, layout: layout)
    for lane in lanes.indices { _ = lanes[lane].write(into: pointers, lane: lane, positions: []) }
    run.advance(chunk)
    return true
  }

  private func dropoutSeed(_ generator: inout RandomGenerator) -> UInt64? {
    model.architecture.dropout > 0 ? generator.next() : nil
  }

  /// Every so manieth step of a chunk, from a random one on; a window's last step.
  private func positions(_ generator: inout RandomGenerator) -> [Int] {
    if isWindowed { return [chunkSteps - 1] }
    let first = Int.random(in: 0..<settings.constants.positionStride, using: &generator)
    return Array(
      stride(from: first, to: settings.chunk, by: settings.constants.positionStride))
  }
}

extension ForecastTrainingChunk {
  /// Takes over a lane's state as the chunk before left it.
  fileprivate mutating func carry(
    _ workspace: borrowing ForecastTrainingWorkspace, lane: Int, shape: ForecastNetworkShape
  ) {
    for place in lane * shape.stateSize..<(lane + 1) * shape.stateSize {
      initialHidden[place] = workspace.finalHidden[place]
    }
    for place in lane * shape.cellSize..<(lane + 1) * shape.cellSize {
      initialCell[place] = workspace.finalCell[place]
    }
  }
}
