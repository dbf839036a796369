import Forecasting
import MetricFormats
import Metrics
import TimeSeries

/// The loop of one thread. A worker owns a source, a sink and the states of all series in the
/// partitions that are assigned to it. Nothing in the data path is shared, locked or awaited.
///
/// ```
///  source                                                                                    sink
///  ──────→ poll → decode → align → score → step → forecast → calibrate → encode → produce ──────→
///          batch  point    bucket  p-value LSTM   quantiles  correction  record   commit
/// ```
///
/// The clock, the source and the sink are passed in, so that a test or a replay can drive the
/// worker record by record.
package struct Worker: ~Copyable {
  let settings: PipelineSettings
  let source: any MessageSource
  let sink: any RecordSink
  let clock: any PipelineClock
  let models: ModelRegistry
  let metrics: PipelineMetrics
  /// The store of the states that survive a restart; `nil` for replays.
  let snapshots: SnapshotStore?
  let log: PipelineLog
  let deadLetters: DeadLetterOutlet
  /// The thread that trains beside the workers. `nil`: training happens within the loop, at the
  /// record that makes it due, so that the same seed and input give the same output.
  let trainer: TrainerThread?
  /// What operators say of incidents, and the maintenance that they plan; `nil` for replays.
  let control: ControlLog?
  let workerNumber: Int
  var plan: RetrainingPlan
  var joinedRoundCount = 0
  let inlineTrainers: [StreamTrainer]

  /// Indexed by the slot that messages carry.
  var partitions: [PartitionState] = []
  /// States of partitions that a rebalance took away, in case they come back unchanged.
  var parked: [PartitionID: PartitionState] = [:]
  var clusterID: String?
  /// The generation of the registry when this worker last looked for champions. `nil`: it looks
  /// again at the next turn.
  private(set) var modelGeneration: Int?
  var swap = ModelSwap()
  /// The generation of the control log that the partitions have taken up; `nil`: not known.
  var controlGeneration: Int?
  var lastControlNanoseconds = Int64.min / 2
  var commits: CommitTimer
  /// Reports sent since the last commit.
  var sentReports: [Forecasting.TrainingReport] = []
  var counts = UncommittedCounts()
  var lastSnapshotNanoseconds: Int64
  var turnBeganNanoseconds: Int64 = 0
  var lastGaugesNanoseconds: Int64 = 0
  /// The channel that the gauges show as the holder of a partition's time.
  var shownHolders: [PartitionID: String] = [:]
  var lastHoldingWarning = Int64.min / 2

  /// Receives every step and every forecast, for reports. It does not change the state.
  package var observer: (any PipelineObserver)?
  var decoders: InputDecoders
  var messages: [InputMessage] = []
  var cursor = Cursor()
  var points = PointBatch()
  var steps: [Step] = []
  var segment: SegmentWorkspace
  var output = OutputBuffer()
  var headers = OutputHeaders()

  package init(
    settings: PipelineSettings, inputs: InputDecoders, source: any MessageSource,
    sink: any RecordSink, clock: any PipelineClock, models: ModelRegistry,
    metrics: PipelineMetrics, snapshots: SnapshotStore?, log: PipelineLog,
    trainer: TrainerThread?, control: ControlLog? = nil, number: Int = 0
  ) {
    self.settings = settings
    self.source = source
    self.sink = sink
    self.clock = clock
    self.models = models
    self.metrics = metrics
    self.snapshots = snapshots
    self.log = log
    self.trainer = trainer
    self.control = control
    workerNumber = number
    deadLetters = DeadLetterOutlet(
      sink: sink, log: log, clock: clock, isEnabled: settings.sendsDeadLetters,
      bytesMaximum: settings.deadLetterBytesMaximum)
    plan = RetrainingPlan(streams: settings.streams)
    inlineTrainers = settings.streams.map { StreamTrainer(settings: $0) }
    segment = SegmentWorkspace(streams: settings.streams)
    decoders = inputs
    let now = clock.monotonicNanoseconds()
    commits = CommitTimer(settings: settings, nowNanoseconds: now)
    lastSnapshotNanoseconds = now
  }

  deinit {
    metrics.assignedPartitions.add(-Double(partitions.count))
    models.returnReports(sentReports)
  }

  package enum Progress: Sendable, Equatable {
    case worked
    case idle
    case ended
  }

  /// One turn of the loop.
  ///
  /// 1. Poll a bounded batch, or answer a rebalance. A turn that took long ends within its batch, and
  ///    the next one goes on with it.
  /// 2. Decode it to points; what can't be decoded becomes dead letters.
  /// 3. Apply what is due before the next record: forget silent series, recorded events, retraining.
  /// 4. Align points into buckets; buckets that closed become steps. A segment ends where something
  ///    other than a record must change the state.
  /// 5. Score each step against the forecast that was made for it; advance all stepped series in
  ///    one batched LSTM call; forecast, calibrate and encode the series that are due; produce in
  ///    the order of the log. Steps 3 to 5 are repeated until the batch is done.
  /// 6. On the commit interval, commit records and offsets together.
  /// 7. Between commits: prepare a new champion in slices and adopt it, take up control records, take snapshots, close the
  ///    buckets of silent partitions.
  ///
  /// - Throws: an error that the caller passes to `recover(from:)`.
  package mutating func runOnce() throws(TransportError) -> Progress {
    turnBeganNanoseconds = clock.monotonicNanoseconds()
    let result = try isWithinBatch ? .messages : beginBatch()
    try applyWhatIsDue(before: cursor)
    while isWithinBatch, !isTurnOver {
      try align()
      try computeAndProduce()
      if !isWithinBoundary { try applyWhatIsDue(before: cursor) }
    }
    try commitIfDue(isForced: result == .ended)
    try betweenCommits()
    updateGauges()
    metrics.turn(
      messages: messages.count, nanoseconds: clock.monotonicNanoseconds() - turnBeganNanoseconds)
    if result == .ended, !isWithinBatch { return .ended }
    return messages.isEmpty && !isWithinBatch ? .idle : .worked
  }

  private mutating func beginBatch() throws(TransportError) -> PollResult {
    messages.removeAll(keepingCapacity: true)
    cursor = Cursor()
    var limits = settings.limits
    limits.waitMilliseconds =
      hasStatesToReplay
      ? 0
      : commits.wait(
        atNanoseconds: turnBeganNanoseconds, atMost: limits.waitMilliseconds)
    let result = try source.poll(limits, into: &messages)
    try answerRebalance(result)
    decode()
    let wallTime = clock.now()
    for slot in partitions.indices { partitions[slot].wallTime = wallTime }
    return result
  }

  private var isWithinBatch: Bool { cursor.message < messages.count || hasDueBuckets }

  /// Whether a boundary is closed for some series and not for others.
  var isWithinBoundary: Bool { partitions.contains(where: \.isWithinBoundary) }

  /// Whether the turn took long enough. It ends where its work can be committed.
  private var isTurnOver: Bool {
    !isWithinBoundary
      && clock.monotonicNanoseconds() - turnBeganNanoseconds > Self.turnNanosecondsMaximum
  }

  private static let turnNanosecondsMaximum: Int64 = 500_000_000

  /// Scores, advances, forecasts and produces the steps of a segment, partition by partition.
  mutating func computeAndProduce() throws(TransportError) {
    for slot in partitions.indices where !partitions[slot].sequence.isEmpty {
      partitions[slot].computeSegment(
        workspace: &segment, output: &output, observer: observer)
      try produce(from: slot)
    }
  }

  /// Makes the next turn compare the partitions' models with the champions.
  mutating func lookForChampions() { modelGeneration = nil }

  mutating func noteChampionsSeen() { modelGeneration = models.generation }

  /// Commits what is pending and writes snapshots, for a clean end.
  package mutating func shutDown() throws(TransportError) {
    try commitIfDue(isForced: true)
    takeAllSnapshots()
  }

  /// Recovers from an error of `runOnce`. After an aborted transaction the state goes back to the
  /// last commit.
  ///
  /// - Throws: the error itself, if only a new worker can help, or nothing can.
  package mutating func recover(from error: TransportError) throws(TransportError) {
    guard case .abortTransaction(let reason) = error, settings.isTransactional else { throw error }
    try takeBack(reason)
    for partition in partitions { try source.seek(partition.id, to: partition.nextOffset) }
  }

  /// Aborts the transaction and brings the state back to the last commit.
  mutating func takeBack(_ reason: String) throws(TransportError) {
    log.warning("transaction aborted, going back to the last commit", ["reason": reason])
    metrics.aborts.add(1)
    try sink.abort()
    output.removeAll()
    discardCounts()
    messages.removeAll(keepingCapacity: true)
    cursor = Cursor()
    for slot in partitions.indices { partitions[slot].rollBack() }
    returnReports()
    commits.hasUncommitted = false
  }
}
