import MetricFormats
import Metrics
import TimeSeries

/// Brings all points of a series into one partition. It reads the inputs whose messages are not
/// keyed by series, and writes compact points, keyed by series, to the points topic. Workers read
/// that topic.
///
/// ```
///  input partitions → poll → decode → merge by event time → group by series → points topic
///                                                           (key = series, murmur2)
/// ```
///
/// It keeps no state across commits: the written points and the input offsets are committed
/// together.
package struct Router: ~Copyable {
  let settings: PipelineSettings
  let source: any ChannelSource
  let sink: any ChannelSink
  let clock: any PipelineClock
  private let metrics: PipelineMetrics
  private let log: PipelineLog
  private let deadLetters: DeadLetterOutlet
  private var decoders: InputDecoders
  var partitions: [PendingPartition] = []
  private var messages: [InputMessage] = []
  private var decoded = PointBatch()
  private var unmatched: UnmatchedPoints
  private var merged = PointBatch()
  private var groups = PointGroups()
  private var placements: PointPlacements
  private var record: [UInt8] = []
  private let headers = RecordHeaders([])
  /// The distinct intervals of the streams, ascending.
  private let intervals: [Milliseconds]
  var commits: CommitTimer
  var channelClock: RouterClock
  /// The partitions of the inputs, whether the router reads them or not, until the points topic names
  /// them.
  var newChannels: [String] = []
  private var committedNewChannels: [String] = []
  private var counts = UncommittedCounts()
  private var waitingSinceNanoseconds: Int64?
  /// A partition with more pending points than this is paused until other partitions have caught
  /// up.
  private static let pendingPointsMaximum = 50_000
  private static let pendingBytesMaximum = 32 << 20
  /// The longest wait for a partition that may bring an older message.
  private static let waitMaximumNanoseconds: Int64 = 2_000_000_000

  package init(
    settings: PipelineSettings, inputs: InputDecoders, source: any ChannelSource,
    sink: any ChannelSink, clock: any PipelineClock, metrics: PipelineMetrics, log: PipelineLog
  ) {
    self.settings = settings
    self.source = source
    self.sink = sink
    self.clock = clock
    self.metrics = metrics
    self.log = log
    deadLetters = DeadLetterOutlet(
      sink: sink, log: log, clock: clock, isEnabled: settings.sendsDeadLetters,
      bytesMaximum: settings.deadLetterBytesMaximum)
    unmatched = UnmatchedPoints(settings: settings, log: log)
    placements = PointPlacements(streams: settings.streams)
    decoders = inputs
    commits = CommitTimer(settings: settings, nowNanoseconds: clock.monotonicNanoseconds())
    channelClock = RouterClock(streams: settings.streams)
    intervals = Set(settings.streams.map(\.alignment.interval)).sorted()
  }

  /// One turn of the loop.
  ///
  /// 1. Poll a bounded batch, or answer a rebalance.
  /// 2. Decode it; what can't be decoded becomes dead letters. Points that no stream matches are
  ///    counted, and go no further.
  /// 3. Merge the pending messages by event time, as long as no partition can bring older points.
  /// 4. Write the points by series.
  /// 5. Find out how far the channels have been routed.
  /// 6. On the interval, commit points, dead letters, the times of the channels and offsets together.
  ///
  /// - Throws: an error that the caller passes to `recover(from:)`.
  package mutating func runOnce() throws(TransportError) -> Worker.Progress {
    messages.removeAll(keepingCapacity: true)
    var limits = settings.limits
    limits.waitMilliseconds = commits.wait(
      atNanoseconds: clock.monotonicNanoseconds(), atMost: limits.waitMilliseconds)
    let untilQuestion = channelClock.nextQuestion - clock.now()
    if untilQuestion > 0 {
      limits.waitMilliseconds = min(limits.waitMilliseconds, Int(untilQuestion))
    }
    let result = try source.poll(limits, into: &messages)
    switch result {
    case .assigned(let ids): try assign(ids)
    case .revoked: try giveUp(isCommittable: true)
    case .lost: try giveUp(isCommittable: false)
    case .messages, .ended: break
    }
    decode()
    try announceChannels()
    try merge(all: result == .ended)
    try producePoints()
    try balanceReading()
    followChannels()
    try commitIfDue(isForced: result == .ended)
    return result == .ended ? .ended : messages.isEmpty ? .idle : .worked
  }

  package var standing: LoopStanding {
    LoopStanding(
      commitCount: commits.count, hasUncommitted: commits.hasUncommitted,
      partitionCount: partitions.count)
  }

  /// Commits what was written. Messages that were only read are read again after the next start.
  package mutating func shutDown() throws(TransportError) { try commitIfDue(isForced: true) }

  /// Goes back to the last commit after an aborted transaction.
  ///
  /// - Throws: the error itself, if only a new router can help, or nothing can.
  package mutating func recover(from error: TransportError) throws(TransportError) {
    guard case .abortTransaction(let reason) = error, settings.isTransactional else { throw error }
    log.warning("transaction aborted, routing again from the last commit", ["reason": reason])
    metrics.aborts.add(1)
    try sink.abort()
    for slot in partitions.indices {
      partitions[slot].goBack()
      try source.seek(partitions[slot].id, to: partitions[slot].nextOffset)
    }
    newChannels = committedNewChannels
    counts.discard()
    commits.hasUncommitted = false
  }

  private mutating func assign(_ ids: [PartitionID]) throws(TransportError) {
    var starts: [StartPosition] = []
    var missing = MissingOffsets()
    for id in ids {
      let range = try source.logRange(id)
      let first = settings.start == .latest ? range.upperBound : range.lowerBound
      let committed = try source.committed(id)?.offset
      let next = committed ?? first
      if committed == nil { missing.note(id, log: range) }
      starts.append(
        StartPosition(partition: id, slot: partitions.count, offset: .at(next)))
      partitions.append(PendingPartition(id: id, nextOffset: next, hasOffset: committed != nil))
    }
    missing.warn(start: settings.start, sink: sink, log: log)
    newChannels = []
    for topic in Set(ids.map(\.topic)).sorted() {
      for number in 0..<(try source.partitionCount(ofTopic: topic)) {
        newChannels.append(PartitionID(topic: topic, partition: Int32(number)).channel)
      }
    }
    committedNewChannels = newChannels
    log.info("partitions to route assigned", ["partitions": "\(ids.count)"])
    try source.start(starts)
  }

  private mutating func giveUp(isCommittable: Bool) throws(TransportError) {
    if isCommittable {
      do throws(TransportError) {
        try commitIfDue(isForced: true)
      } catch {
        // The group waits for the release in any case. The next owner routes the batch again.
        guard case .abortTransaction = error, settings.isTransactional else { throw error }
        metrics.aborts.add(1)
        try sink.abort()
      }
    } else {
      try sink.abort()
    }
    counts.discard()
    commits.hasUncommitted = false
    partitions.removeAll()
    try source.release()
  }

  // MARK: - In

  private mutating func decode() {
    decoded.removeAll()
    for (number, message) in messages.enumerated() {
      let firstPoint = decoded.points.count
      let firstDrop = decoded.drops.count
      let missingBefore = decoded.missingValueCount
      let id = partitions[message.slot].id
      let input = decoders.input(ofTopic: id.topic)
      decoders.decode(messages, number..<number + 1, input: input, into: &decoded)
      let unmatchedCount = unmatched.remove(
        from: firstPoint, of: &decoded, message: message, partition: id,
        isRefused: decoders.refusesUnmatched(input: input))
      let letter = deadLetter(message, firstDrop..<decoded.drops.count)
      partitions[message.slot].append(
        offset: message.offset, recordTime: message.recordTime,
        firstPoint..<decoded.points.count, of: decoded, deadLetter: letter,
        unused: UnusedValues(
          unmatched: unmatchedCount, missing: decoded.missingValueCount - missingBefore))
    }
  }

  private func deadLetter(_ message: InputMessage, _ drops: Range<Int>) -> PendingDeadLetter? {
    guard !drops.isEmpty else { return nil }
    var reasons = DropReasonSet()
    for number in drops {
      reasons.insert(decoded.drops[number].reason)
    }
    return deadLetters.pending(
      message, reasons: reasons, drops: decoded.drops[drops].map(\.reason))
  }

  // MARK: - Merge

  /// Moves the oldest message, again and again, until it must wait for a partition that may bring
  /// an older one.
  private mutating func merge(all: Bool) throws(TransportError) {
    merged.removeAll()
    let now = clock.now()
    for slot in partitions.indices {
      partitions[slot].isAtEnd = all || source.isAtEnd(partitions[slot].id)
    }
    while let oldest = oldestPartition() {
      if let time = partitions[oldest].time { channelClock.noteRouted(time, at: now) }
      let unused = partitions[oldest].nextUnused
      counts.missingValues += unused.missing
      counts.unmatched.add(unused.unmatched, input: partitions[oldest].id.topic)
      let deadLetter = partitions[oldest].moveNext(to: &merged, now: now)
      if let deadLetter {
        for reason in deadLetter.drops { counts.drop(reason) }
        try deadLetters.send(deadLetter, of: partitions[oldest].id)
      }
      commits.hasUncommitted = true
    }
  }

  private mutating func oldestPartition() -> Int? {
    var oldest: Int?
    var oldestTime = Milliseconds.max
    for slot in partitions.indices {
      guard let time = partitions[slot].time, oldest == nil || time < oldestTime else { continue }
      oldest = slot
      oldestTime = time
    }
    let mustWait = partitions.indices.contains {
      $0 != oldest && !partitions[$0].isAtEnd && !partitions[$0].isCertain
    }
    guard oldest != nil, mustWait else {
      waitingSinceNanoseconds = nil
      return oldest
    }
    // A partition without a leader must not hold up the others for long.
    let now = clock.monotonicNanoseconds()
    let since = waitingSinceNanoseconds ?? now
    waitingSinceNanoseconds = since
    return now - since > Self.waitMaximumNanoseconds ? oldest : nil
  }

  /// Pauses the partitions that are far ahead, and resumes them when the others have caught up.
  private mutating func balanceReading() throws(TransportError) {
    for slot in partitions.indices {
      let fill = max(
        Double(partitions[slot].pointCount) / Double(Self.pendingPointsMaximum),
        Double(partitions[slot].byteCount) / Double(Self.pendingBytesMaximum))
      let isFull = fill > 1
      let isLow = fill < 0.5
      if isFull, !partitions[slot].isPaused {
        try source.setPaused(partitions[slot].id, true)
        partitions[slot].isPaused = true
      } else if isLow, partitions[slot].isPaused {
        try source.setPaused(partitions[slot].id, false)
        partitions[slot].isPaused = false
      }
    }
  }

  // MARK: - Out

  /// Writes the merged points, one run after the other. Within a run, the points of one series go
  /// into one record. A run stays within one bucket, so that few points have to wait in the workers.
  private mutating func producePoints() throws(TransportError) {
    counts.routedPoints += merged.points.count
    let now = clock.now()
    var start = 0
    while start < merged.points.count {
      let end = merged.endOfRun(from: start, intervals: intervals)
      groups.arrange(merged, start..<end)
      for group in 0..<groups.count { try produce(group: group, from: start, timestamp: now) }
      start = end
    }
  }

  private mutating func produce(
    group: Int, from start: Int, timestamp: Milliseconds
  ) throws(TransportError) {
    record.removeAll(keepingCapacity: true)
    CompactPoints.begin(&record)
    var number = Int(groups.heads[group])
    let first = merged.points[start + number]
    while number >= 0 {
      let point = merged.points[start + number]
      CompactPoints.append(kind: point.kind, time: point.time, value: point.value, to: &record)
      number = Int(groups.next[number])
    }
    let key = Int(first.keyStart)..<Int(first.keyStart) + Int(first.keyLength)
    let placement = placements.placement(of: merged.keyBytes[key])
    try withBytes(merged.keyBytes) { keys throws(TransportError) in
      try withBytes(record) { value throws(TransportError) in
        let key = UnsafeRawBufferPointer(rebasing: keys[key])
        guard let placement else {
          _ = try sink.send(
            .points, key: key, value: value, headers: headers, timestamp: timestamp)
          return
        }
        try withBytes(placement) { placement throws(TransportError) in
          try sink.sendPoints(
            key: key, placement: placement, value: value, headers: headers, timestamp: timestamp)
        }
      }
    }
  }

  private mutating func commitIfDue(isForced: Bool) throws(TransportError) {
    let isForced = isForced || source.wantsCommit
    let now = clock.monotonicNanoseconds()
    guard commits.isDue(atNanoseconds: now, isForced: isForced) else { return }
    try produceChannels()
    try sink.commit(
      partitions.filter(\.isDirty).map {
        OffsetCommit(
          partition: $0.id, committed: CommittedOffset(offset: $0.nextOffset, metadata: ""))
      })
    for slot in partitions.indices { partitions[slot].markCommitted() }
    committedNewChannels = newChannels
    counts.publish(to: metrics)
    commits.noteCommit(fromNanoseconds: now, toNanoseconds: clock.monotonicNanoseconds())
  }
}
