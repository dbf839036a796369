import Forecasting
import TimeSeries

/// State of one input partition: its series, its clock and its position in the log.
struct PartitionState: Sendable {
  let id: PartitionID
  /// Number of the input that the partition belongs to, which decides the format of its messages.
  let input: Int
  /// Whether routers of ours write the partition.
  let isRouted: Bool
  let settings: PipelineSettings
  var streams: [StreamState]
  var index = SeriesIndex()
  /// Decides what time it is in the partition.
  var clock: PartitionClock
  /// Which stream takes a series that is not in the index.
  private(set) var admission: SeriesAdmission
  /// The next offset to process.
  var nextOffset: Int64
  /// Records below this offset only rebuild the state, because their outputs were published before.
  var emitFrom: Int64
  /// What the partition has taken up of the control topic. An abort does not take it back.
  var control = ControlSet.nothing
  /// The events that were applied since the oldest kept snapshot.
  var events: [PartitionEvent] = []
  /// Recorded events that a replay has yet to apply.
  var pendingEvents: [PartitionEvent] = []
  var lastRecord: RecordCheck?
  /// When the last message was processed, or the log was last out of reach.
  var lastActivityNanoseconds: Int64
  /// When the worker last tried to close the partition's buckets by the clock.
  var lastTickNanoseconds: Int64 = .min
  /// When the worker last warned of points whose times are decades from their records'.
  var lastDistantWarningNanoseconds = Int64.min / 2
  /// The daemon's clock at the beginning of the turn.
  var wallTime: Milliseconds = .min
  /// Whether some series of the present boundary are closed and others are not. Nothing is committed
  /// then.
  var isWithinBoundary = false
  /// Points that had waited for channels and found no place after all. Each becomes a dead letter.
  var refusedWaiting: [RefusedWaiting] = []
  /// Steps of the segment, in the order of the log.
  var sequence: [StepEntry] = []
  private(set) var committed: Committed
  var hasUncommitted = false
  /// Whether something is to be done for the series before the next record, which ends the segment.
  var needsUpkeep = false
  /// Whether the worker is about to write a snapshot.
  var isSnapshotDue = false
  private var snapshotOffset: Int64 = -1
  private var snapshotEvents: [PartitionEvent] = []

  /// The state that an abort restores, apart from the rows of the tables.
  struct Committed: Sendable {
    var nextOffset: Int64
    var clock: PartitionClock
    var lastRecord: RecordCheck?
    var events: [PartitionEvent] = []
    var pendingEvents: [PartitionEvent] = []
  }

  init(
    id: PartitionID, input: Int, isRouted: Bool, settings: PipelineSettings,
    models: [ForecastModel],
    startOffset: Int64,
    nowNanoseconds: Int64
  ) {
    self.id = id
    self.input = input
    self.isRouted = isRouted
    self.settings = settings
    admission = SeriesAdmission(settings.streams)
    streams = zip(settings.streams, models).map {
      StreamState(settings: $0, model: $1, isJournaled: settings.isTransactional)
    }
    nextOffset = startOffset
    emitFrom = startOffset
    lastActivityNanoseconds = nowNanoseconds
    clock = PartitionClock(
      order: settings.isInOrder || settings.timeIsIndex ? .points : .majority,
      idleMilliseconds: settings.idleMilliseconds)
    committed = Committed(nextOffset: startOffset, clock: clock)
  }

  var phase: PartitionPhase {
    if nextOffset < emitFrom || !pendingEvents.isEmpty { return .replaying }
    return hasUncommitted ? .uncommitted : .committed
  }

  var isReplaying: Bool { phase == .replaying }
  var seriesCount: Int { streams.reduce(0) { $0 + $1.series.seriesCount } }

  /// Whether the message is still to be processed; false if the state contains it already.
  func accepts(_ message: InputMessage) -> Bool { message.offset >= nextOffset }

  /// Whether the log has another record at the offset of the state's last record. It is then
  /// another log.
  func isContradicted(by message: InputMessage) -> Bool {
    message.offset == lastRecord?.offset && message.offset < nextOffset
      && RecordCheck(message) != lastRecord
  }

  /// The offset at which reading starts after a restore: that of the snapshot's last record if the
  /// log still has it, so that the record can be checked, else `nextOffset`.
  func startOfCheck(log range: Range<Int64>) -> Int64 {
    guard let lastRecord, range.contains(lastRecord.offset) else { return nextOffset }
    return lastRecord.offset
  }

  /// Notes that a message has been processed.
  mutating func finish(_ message: InputMessage, atNanoseconds now: Int64) {
    nextOffset = message.offset + 1
    lastRecord = RecordCheck(message)
    lastActivityNanoseconds = now
    hasUncommitted = true
    lookForUpkeep()
  }

  /// Ends a replay whose last records the log no longer has.
  mutating func catchUp(with message: InputMessage) {
    if message.offset >= emitFrom { nextOffset = max(nextOffset, emitFrom) }
  }

  /// Whether a recorded event must be applied before the record at `offset`.
  func eventIsDue(before offset: Int64) -> Bool {
    pendingEvents.first.map { $0.offset <= offset } ?? false
  }

  // MARK: - Points

  /// Adds a point to the bucket of its series. Buckets that close are appended to `sequence` as
  /// steps.
  ///
  /// - Returns: the reason why the point was not used, if it was not.
  mutating func add(
    _ point: Point, key: UnsafeRawBufferPointer, of message: InputMessage, isEmitted: Bool,
    scratch: inout [Step]
  ) -> DropReason? {
    let known = index.find(key)
    guard let stream = known.map({ Int($0.stream) }) ?? admission.stream(of: key) else {
      return .unmatched
    }
    let latest = latestTime(point.time, of: message, in: streams[stream].alignment.settings)
    if let refused = streams[stream].alignment.screen(time: point.time, latest: latest) {
      return refused.dropReason
    }
    let row: Int
    if let known {
      row = Int(known.row)
    } else if !streams[stream].admitsSeries(at: clock.watermark) {
      return .seriesLimit
    } else {
      row = streams[stream].begin(key: Array(key))
      index.insert(key, stream: Int32(stream), row: Int32(row))
    }
    streams[stream].touch(row)
    let outcome = place(
      WaitingPoints.Waiting(
        row: Int32(row), kind: point.kind, time: point.time, seen: clock.logTime,
        value: point.value), stream: stream, into: &scratch)
    append(&scratch, stream: stream, isEmitted: isEmitted, recordTime: message.recordTime)
    if clock.order == .points {
      clock.observe(logTime: point.time)
      clock.move(
        to: point.time, by: .init(recordTime: message.recordTime, isEmitted: isEmitted))
    }
    return outcome?.dropReason
  }

  mutating func append(
    _ steps: inout [Step], stream: Int, isEmitted: Bool, recordTime: Milliseconds?
  ) {
    for step in steps {
      sequence.append(
        StepEntry(
          stream: Int32(stream), step: step, isEmitted: isEmitted, recordTime: recordTime))
    }
    steps.removeAll(keepingCapacity: true)
  }

  // MARK: - Commit and abort

  var metadata: CommitMetadata {
    CommitMetadata(
      watermark: clock.watermark == .min ? nil : clock.watermark,
      logTime: clock.logTime == .min ? nil : clock.logTime, events: events)
  }

  /// The counts of alignment since the last call, one for each stream.
  ///
  /// - Precondition: nothing is uncommitted.
  mutating func takeCounts() -> [AlignmentCounts] {
    streams.indices.map { streams[$0].takeCounts() }
  }

  mutating func markCommitted() {
    for stream in streams.indices { streams[stream].commit() }
    index.commit()
    committed = Committed(
      nextOffset: nextOffset, clock: clock, lastRecord: lastRecord, events: events,
      pendingEvents: pendingEvents)
    hasUncommitted = false
  }

  /// Adds the events to the state that an abort restores, because an abort does not undo an
  /// adoption. The next commit writes the event of an adoption; no output of the new model is
  /// visible before.
  ///
  /// - Precondition: nothing else is uncommitted.
  mutating func keepEvents() {
    committed.events = events
    committed.pendingEvents = pendingEvents
  }

  /// Whether this state is the one that a commit of the group describes.
  func isState(of commit: CommittedOffset?) -> Bool {
    guard let commit, commit.offset == nextOffset, phase == .committed,
      let metadata = CommitMetadata(text: commit.metadata)
    else { return false }
    // Older events may have been removed since the commit. Other events at the same offset were
    // recorded by another worker.
    let present = self.metadata
    return metadata.watermark == present.watermark
      && metadata.events.filter { $0.offset >= nextOffset }
        == present.events.filter { $0.offset >= nextOffset }
  }

  /// Brings the state back to the last commit.
  mutating func rollBack() {
    for stream in streams.indices { streams[stream].rollBack() }
    index.rollBack()
    placeFeedback()
    needsUpkeep = false
    nextOffset = committed.nextOffset
    clock = committed.clock
    lastRecord = committed.lastRecord
    events = committed.events
    pendingEvents = committed.pendingEvents
    sequence.removeAll(keepingCapacity: true)
    isWithinBoundary = false
    hasUncommitted = false
  }

  // MARK: - Snapshots

  /// Whether the state is committed and has changed since the last snapshot. A partition without
  /// records and events has no state to keep.
  var isWorthASnapshot: Bool {
    phase == .committed && (lastRecord != nil || !events.isEmpty)
      && (nextOffset != snapshotOffset || events != snapshotEvents)
  }

  /// Whether the commit metadata is so full that a snapshot is needed, after which events can be
  /// removed.
  var metadataIsNearlyFull: Bool {
    !isReplaying && events.count > 32 && events != snapshotEvents
      && metadata.text.utf8.count > CommitMetadata.sizeMaximum / 2
  }

  /// Notes a written snapshot, and removes the events that every kept snapshot contains. What was taken
  /// up last of the control topic stays: a state without a snapshot begins with it.
  mutating func noteSnapshot(oldestKept: Int64) {
    let control = events.lastIndex { $0.kind.isControl }
    let kept = control.flatMap { events[$0].offset < oldestKept ? events[$0] : nil }
    events.removeAll { $0.offset < oldestKept }
    if let kept { events.insert(kept, at: 0) }
    committed.events = events
    snapshotOffset = nextOffset
    snapshotEvents = events
  }
}
