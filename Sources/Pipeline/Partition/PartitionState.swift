import Forecasting
import TimeSeries

/// State of one input partition: its series, its watermark and its position in the log.
struct PartitionState: Sendable {
  let id: PartitionID
  /// Number of the input whose format its messages have.
  let input: Int
  let settings: PipelineSettings
  var streams: [StreamState]
  var index = SeriesIndex()
  var watermark = Watermark()
  /// The next offset to process.
  var nextOffset: Int64
  /// Records below this only rebuild state: their outputs were published before.
  var emitFrom: Int64
  /// What moved the state apart from records, since the oldest snapshot kept.
  var events: [PartitionEvent] = []
  /// Recorded events that a replay has yet to apply.
  var pendingEvents: [PartitionEvent] = []
  var lastRecord: RecordCheck?
  /// When the last message came, and when the clock was last looked at because none did.
  var lastActivityNanoseconds: Int64
  var lastTickNanoseconds: Int64 = .min
  /// Steps of the segment, in the order of the log.
  var sequence: [StepEntry] = []
  private(set) var committed: Committed
  var hasUncommitted = false
  private var unmatchedCount = 0
  private var snapshotOffset: Int64 = -1
  private var snapshotEvents: [PartitionEvent] = []
  private static let unmatchedMaximum = 100_000

  /// What alignment has counted since the last call, over all streams.
  ///
  /// - Precondition: nothing is uncommitted.
  mutating func takeCounts() -> [AlignmentCounts] {
    streams.indices.map { streams[$0].takeCounts() }
  }

  /// What an abort goes back to, apart from the rows.
  struct Committed: Sendable {
    var nextOffset: Int64
    var watermark: Watermark
    var lastRecord: RecordCheck?
    var indexCount = 0
    var unmatchedCount = 0
    var events: [PartitionEvent] = []
    var pendingEvents: [PartitionEvent] = []
  }

  init(
    id: PartitionID, input: Int, settings: PipelineSettings, models: [ForecastModel],
    startOffset: Int64,
    nowNanoseconds: Int64
  ) {
    self.id = id
    self.input = input
    self.settings = settings
    streams = zip(settings.streams, models).map {
      StreamState(settings: $0, model: $1, isJournaled: settings.isTransactional)
    }
    nextOffset = startOffset
    emitFrom = startOffset
    lastActivityNanoseconds = nowNanoseconds
    committed = Committed(nextOffset: startOffset, watermark: Watermark())
  }

  var phase: PartitionPhase {
    if nextOffset < emitFrom || !pendingEvents.isEmpty { return .replaying }
    return hasUncommitted ? .uncommitted : .committed
  }

  var isReplaying: Bool { phase == .replaying }
  var seriesCount: Int { streams.reduce(0) { $0 + $1.count } }

  /// False for a record that an earlier life of this state has processed.
  func accepts(_ message: InputMessage) -> Bool { message.offset >= nextOffset }

  /// Whether the log has another record where the state's last one was: it is another log.
  func isContradicted(by message: InputMessage) -> Bool {
    message.offset == lastRecord?.offset && message.offset < nextOffset
      && RecordCheck(message) != lastRecord
  }

  /// Where to read from so that the last record of a snapshot is seen again, if it still exists.
  func startOfCheck(log range: Range<Int64>) -> Int64 {
    guard let lastRecord, range.contains(lastRecord.offset) else { return nextOffset }
    return lastRecord.offset
  }

  /// Moves past a message.
  mutating func finish(_ message: InputMessage, atNanoseconds now: Int64) {
    nextOffset = message.offset + 1
    lastRecord = RecordCheck(message)
    lastActivityNanoseconds = now
    hasUncommitted = true
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

  /// Puts a point into its series' bucket; buckets that close go to `sequence`.
  mutating func add(
    _ point: Point, key: UnsafeRawBufferPointer, recordTime: Milliseconds?, isEmitted: Bool,
    scratch: inout [Step]
  ) -> DropReason? {
    let known = index.find(key)
    guard let stream = known.map({ Int($0.stream) }) ?? streamIndex(of: key), stream >= 0 else {
      return .unmatched
    }
    let refused = streams[stream].alignment.screen(
      time: point.time, recordTime: recordTime, watermark: &watermark)
    if let refused { return refused.dropReason }
    closeDueBuckets(isEmitted: isEmitted, recordTime: recordTime, scratch: &scratch)
    let row: Int
    if let known {
      row = Int(known.row)
    } else if streams[stream].alignment.isClosed(time: point.time) {
      streams[stream].alignment.countLate()
      return .late
    } else if streams[stream].count >= settings.streams[stream].seriesMaximum {
      return .seriesLimit
    } else {
      row = streams[stream].appendSeries(key: Array(key))
      index.insert(key, stream: Int32(stream), row: Int32(row))
    }
    streams[stream].touch(row)
    let outcome = streams[stream].alignment.add(
      row: row, time: point.time, value: point.value, kind: point.kind, into: &scratch)
    append(&scratch, stream: stream, isEmitted: isEmitted, recordTime: recordTime)
    return outcome.dropReason
  }

  /// Closes, in all streams, the buckets that the watermark has passed.
  mutating func closeDueBuckets(
    isEmitted: Bool, recordTime: Milliseconds?, scratch: inout [Step]
  ) {
    for stream in streams.indices where watermark.time >= streams[stream].alignment.dueAt {
      streams[stream].touchDueRows()
      streams[stream].alignment.advance(to: watermark.time, into: &scratch)
      append(&scratch, stream: stream, isEmitted: isEmitted, recordTime: recordTime)
    }
  }

  /// The first configured stream that takes the series; `Entry.unmatched` is remembered, within
  /// bounds, so that foreign series cost a look-up and not a match.
  private mutating func streamIndex(of key: UnsafeRawBufferPointer) -> Int? {
    let identity = SeriesKey(canonical: Array(key))
    let matching = settings.streams.firstIndex { stream in
      stream.patterns.contains { $0.matches(identity) }
    }
    if matching == nil, unmatchedCount < Self.unmatchedMaximum {
      index.insert(key, stream: SeriesIndex.Entry.unmatched, row: 0)
      unmatchedCount += 1
    }
    return matching
  }

  private mutating func append(
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
    CommitMetadata(watermark: watermark.time == .min ? nil : watermark.time, events: events)
  }

  mutating func markCommitted() {
    for stream in streams.indices { streams[stream].commit() }
    committed = Committed(
      nextOffset: nextOffset, watermark: watermark, lastRecord: lastRecord,
      indexCount: index.count, unmatchedCount: unmatchedCount, events: events,
      pendingEvents: pendingEvents)
    hasUncommitted = false
  }

  /// Makes the events part of what an abort goes back to: the models that they name are not
  /// journaled. An adoption's event is written with the next commit, before any output of the new
  /// model is.
  ///
  /// - Precondition: nothing else is uncommitted.
  mutating func keepEvents() {
    committed.events = events
    committed.pendingEvents = pendingEvents
  }

  /// Whether this is the state that a commit of the group left.
  func isState(of commit: CommittedOffset?) -> Bool {
    guard let commit, commit.offset == nextOffset, phase == .committed,
      let metadata = CommitMetadata(text: commit.metadata)
    else { return false }
    // Older events may have been forgotten since; new ones at the same offset are somebody else's.
    let present = self.metadata
    return metadata.watermark == present.watermark
      && metadata.events.filter { $0.offset >= nextOffset }
        == present.events.filter { $0.offset >= nextOffset }
  }

  /// Brings the state back to the last commit.
  mutating func rollBack() {
    for stream in streams.indices { streams[stream].rollBack() }
    index.truncate(to: committed.indexCount)
    nextOffset = committed.nextOffset
    watermark = committed.watermark
    lastRecord = committed.lastRecord
    unmatchedCount = committed.unmatchedCount
    events = committed.events
    pendingEvents = committed.pendingEvents
    sequence.removeAll(keepingCapacity: true)
    hasUncommitted = false
  }

  // MARK: - Snapshots

  /// Whether anything happened since the last snapshot, and nothing is half done. A partition that
  /// had no record yet has no state to keep.
  var isWorthASnapshot: Bool {
    phase == .committed && (lastRecord != nil || !events.isEmpty)
      && (nextOffset != snapshotOffset || events != snapshotEvents)
  }

  /// Whether the events beside the committed offset must soon be shortened.
  var metadataIsNearlyFull: Bool {
    !isReplaying && events.count > 32 && events != snapshotEvents
      && metadata.text.utf8.count > CommitMetadata.sizeMaximum / 2
  }

  /// Forgets the events that every snapshot kept already contains.
  mutating func noteSnapshot(oldestKept: Int64) {
    events.removeAll { $0.offset < oldestKept }
    committed.events = events
    snapshotOffset = nextOffset
    snapshotEvents = events
  }
}
