import NeuralNetwork
import Numerics
import TimeSeries

/// The data of one training, and the order in which it passes through histories and segments.
struct TrainingTask {
  let dataset: TrainingDataset
  let split: TrainingSplit
  let model: ModelSettings
  let settings: TrainingSettings
  /// Whether the training is full (over whole histories) and not online (a few steps).
  let isFull: Bool
  /// All histories, then all older segments.
  let sources: [TrainingDataset.Series]
  /// Number of steps of each source up to the cut.
  let ends: [Int]
  /// Indices of the sources that have enough steps before the cut.
  let usable: [Int]

  /// The smallest number of optimizer steps of a full training, however little data there is.
  static let leastFullSteps = 200
  /// The smallest number of steps before the cut with which a source is trained on.
  static let leastHistory = Int(HistoryLane.youngestOrigin) + 8
  /// Length of the recent past in online trainings, in chunks before the cut.
  static let recentChunks = 8

  /// Nil if the histories are too short.
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

  /// Number of series-steps before the cut in all usable sources.
  var available: Int { usable.reduce(0) { $0 + ends[$1] } }

  /// Steps of a chunk: the steps through which gradients flow back, or the window that each
  /// forecast reads anew.
  private var chunkSteps: Int {
    isWindowed ? model.architecture.fixedWindow : settings.chunk
  }
  private var isWindowed: Bool { model.architecture.fixedWindow > 0 }

  /// Trains over the sources from their starts with carried state: truncated back-propagation.
  ///
  /// Each lane of the minibatch passes through a stretch of one source, then takes the next one, in
  /// an order that is shuffled again in each round. At the end the run holds the exponential moving
  /// average of the weights: the newest one, or the one with the best loss on the validating
  /// stretch.
  ///
  /// - Returns: false if the progress handler cancelled the training.
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
    var validation = TrainingValidation.begin(
      self, network: run.network, totalSteps: schedule.totalSteps)
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
            isMirrored: generator.uniform() < mirrorShare)
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

  /// The share of stretches whose sign is turned. Many series show what a few would have to be mirrored
  /// for.
  private var mirrorShare: Double {
    let few = Double(settings.constants.mirroredSeries)
    return settings.mirrorShare * min(1, few / Double(max(1, dataset.series.count)))
  }

  /// The number of lanes, the schedule of the rate, and the stretches. Stretches are whole sources;
  /// if the steps do not suffice for all of these, they are parts that start at random steps.
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

  /// Trains a few steps at a low rate, on chunks drawn from the recent past and from the whole
  /// past. Each chunk follows a burn-in from a zero state, through which no gradient flows.
  ///
  /// - Returns: false if the progress handler cancelled the training.
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
    // Older parts of a series are no further series: one series is not worth the work of many.
    let seriesCount = Set(candidates.map { sources[$0].key }).count
    let batch = min(settings.onlineBatch, 4 * seriesCount)
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
          isMirrored: generator.uniform() < mirrorShare)
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

  /// Runs the burn-in. The states of the lanes are afterwards in the workspace.
  ///
  /// - Returns: whether there was a burn-in.
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

  /// The scored origins of a chunk: every `positionStride`-th step from a random one on, or the
  /// last step of a window.
  private func positions(_ generator: inout RandomGenerator) -> [Int] {
    if isWindowed { return [chunkSteps - 1] }
    let first = Int.random(in: 0..<settings.constants.positionStride, using: &generator)
    return Array(
      stride(from: first, to: settings.chunk, by: settings.constants.positionStride))
  }
}

extension ForecastTrainingChunk {
  /// Copies the state of a lane from the end of the previous chunk.
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
