import Forecasting
import TimeSeries

extension Worker {
  /// Commits the sent records and the offsets, if the commit interval is over or the commit is
  /// forced.
  mutating func commitIfDue(isForced: Bool) throws(TransportError) {
    let now = clock.monotonicNanoseconds()
    guard commits.isDue(atNanoseconds: now, isForced: isForced || source.wantsCommit) else {
      return
    }
    var offsets: [OffsetCommit] = []
    precondition(!isWithinBoundary, "what is half closed is not committed")
    for slot in partitions.indices
    where partitions[slot].clock.isMoving && !partitions[slot].isReplaying {
      partitions[slot].recordProgress()
    }
    // A replaying partition is behind its committed offset, so it commits nothing.
    for partition in partitions where partition.phase == .uncommitted {
      offsets.append(
        OffsetCommit(
          partition: partition.id,
          committed: CommittedOffset(
            offset: partition.nextOffset, metadata: partition.metadata.text)))
    }
    try sink.commit(offsets)
    for slot in partitions.indices {
      partitions[slot].markCommitted()
      if !partitions[slot].isReplaying { metrics.count(partitions[slot].takeCounts()) }
      for stream in partitions[slot].streams.indices {
        metrics.count(openings: partitions[slot].streams[stream].openings.take())
      }
    }
    counts.publish(to: metrics)
    segment.publishCounts(to: metrics)
    notePublishedReports()
    let end = clock.monotonicNanoseconds()
    commits.noteCommit(fromNanoseconds: now, toNanoseconds: end)
    metrics.commit(nanoseconds: end - now)
  }

  /// Does what needs a committed state: adoptions, control records, snapshots and ticks.
  mutating func betweenCommits() throws(TransportError) {
    joinTrainingRounds()
    let isChanged = models.generation != modelGeneration
    if isChanged {
      try commitIfDue(isForced: true)
      noteChampionsSeen()
      swap.begin(atNanoseconds: turnBeganNanoseconds)
    }
    try swapModels()
    try takeUpControlRecords()
    // Reports are sent after the swap, because the swap needs everything before it to be committed.
    if isChanged { try publishReports() }
    try continueSnapshots()
    if !hasDueBuckets { try closeIdleBuckets(at: turnBeganNanoseconds) }
  }

  /// Lets the clock move the time of silent partitions. The next turns close their buckets.
  /// Partitions that routers write into have their time from these.
  private mutating func closeIdleBuckets(at now: Int64) throws(TransportError) {
    let idle = settings.idleMilliseconds * 1_000_000
    guard idle > 0 else { return }
    for slot in partitions.indices
    where !partitions[slot].isReplaying && partitions[slot].clock.channels.isEmpty {
      let since = partitions[slot].lastActivityNanoseconds
      let waited = now - max(since, partitions[slot].lastTickNanoseconds)
      // A partition with unread records is not silent. Nor is one whose log cannot be reached: its
      // producers wait as well, and their points come when the log is back.
      guard waited >= idle, source.isAtEnd(partitions[slot].id) else { continue }
      switch source.findEnd(partitions[slot].id) {
      case .reached: break
      case .notReached: continue
      case .unknown:
        partitions[slot].lastActivityNanoseconds = now
        return
      }
      try commitIfDue(isForced: true)
      if partitions[slot].tick(wallTime: clock.now()) { commits.hasUncommitted = true }
      partitions[slot].lastTickNanoseconds = now
    }
  }
}
