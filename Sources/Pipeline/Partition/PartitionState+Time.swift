import TimeSeries

// What the partition's clock asks of the state, and what it sets in motion.

extension PartitionState {
  /// Takes the log time of a record, before its points.
  ///
  /// Where the record's time is that of a producer's clock, the daemon's clock is looked at from time
  /// to time, and each look is recorded as an event.
  mutating func readClock(_ message: InputMessage) {
    guard clock.order == .majority else { return }
    if let time = trustedTime(of: message) {
      clock.observe(logTime: time)
    } else if clock.isStale(at: wallTime), !isReplaying {
      lookAtClock(beforeOffset: message.offset)
    }
  }

  /// The record time, if it is the broker's, or that of a router of ours.
  private func trustedTime(of message: InputMessage) -> Milliseconds? {
    guard let time = message.recordTime, AlignmentSettings.validTimes.contains(time),
      message.recordClock == .broker || isRouted
    else { return nil }
    return time
  }

  /// The latest event time that is believed in a record. A producer's clock is believed no more than
  /// the daemon's.
  mutating func latestTime(
    _ time: Milliseconds, of message: InputMessage, in alignment: AlignmentSettings
  ) -> Milliseconds {
    guard !alignment.timeIsIndex else { return .max }
    var latest = Milliseconds.max
    if let recordTime = message.recordTime, AlignmentSettings.validTimes.contains(recordTime) {
      latest = recordTime + alignment.futureTolerance
    }
    guard clock.order == .majority, trustedTime(of: message) == nil, clock.logTime != .min else {
      return latest
    }
    if time > clock.logTime + alignment.futureTolerance, wallTime - clock.logTime >= 1_000,
      !isReplaying
    {
      lookAtClock(beforeOffset: message.offset)
    }
    return min(latest, clock.logTime + alignment.futureTolerance)
  }

  private mutating func lookAtClock(beforeOffset offset: Int64) {
    clock.observe(logTime: wallTime)
    events.removeAll { event in
      if case .clock = event.kind { return event.offset == offset }
      return false
    }
    events.append(PartitionEvent(offset: offset, kind: .clock(wallTime)))
  }

  /// Takes a record of a router about its channels.
  ///
  /// - Returns: whether the record is one; otherwise it has points.
  mutating func takeChannels(
    of message: InputMessage, isEmitted: Bool, scratch: inout [Step]
  ) -> Bool {
    guard isRouted, ChannelRecord.isControl(key: message.key, value: message.value) else {
      return false
    }
    // Records of a later version are passed over.
    guard let entries = ChannelRecord.entries(key: message.key) else { return true }
    clock.channels.note(entries, logTime: clock.logTime)
    releaseWaiting(isEmitted: isEmitted, recordTime: message.recordTime, scratch: &scratch)
    return true
  }

  /// Puts a point into its bucket, or keeps it until there is a place for it.
  mutating func place(
    _ point: WaitingPoints.Waiting, stream: Int, into steps: inout [Step]
  ) -> PointOutcome? {
    if mustSettle(point, stream: stream) {
      streams[stream].waiting.settling.append(point, watermark: clock.watermark)
      return nil
    }
    return put(point, stream: stream, into: &steps)
  }

  /// The same for a point that has settled.
  private mutating func put(
    _ point: WaitingPoints.Waiting, stream: Int, into steps: inout [Step]
  ) -> PointOutcome? {
    let outcome = streams[stream].alignment.add(
      row: Int(point.row), time: point.time, value: point.value, kind: point.kind,
      seen: point.seen, horizon: clock.channels.horizon, into: &steps)
    let newest = streams[stream].alignment.newestChange
    clock.note(former: newest.former, present: newest.present)
    if outcome == nil {
      guard !isWaitingFull || clock.isHeld else {
        streams[stream].alignment.countFuture()
        return .future
      }
      streams[stream].waiting.append(point)
    }
    return outcome
  }

  /// Whether a point must wait until all channels have been read up to the moment when it came: it comes
  /// after its time and would begin its series, it comes long after and would close buckets, or other
  /// points of its series wait so.
  private func mustSettle(_ point: WaitingPoints.Waiting, stream: Int) -> Bool {
    guard !clock.channels.isEmpty else { return false }
    let count = streams[stream].waiting.settling.count
    guard count < SettlingPoints.countMaximum else { return false }
    if count > 0, streams[stream].waiting.settling.contains(row: point.row) { return true }
    let lateness = streams[stream].alignment.settings.allowedLateness
    guard clock.isOlder(point.time, by: lateness) else { return false }
    if !streams[stream].alignment.isActive(row: Int(point.row)) { return true }
    guard clock.isOlder(point.time, by: lateness + PartitionClock.oldMilliseconds) else {
      return false
    }
    return point.time > clock.watermark
      || streams[stream].alignment.closesBuckets(row: Int(point.row), time: point.time)
  }

  /// Puts the waiting points that have a place now into their buckets.
  private mutating func releaseWaiting(
    isEmitted: Bool, recordTime: Milliseconds?, scratch: inout [Step]
  ) {
    for stream in streams.indices where streams[stream].waiting.count > 0 {
      let (horizon, watermark) = (clock.channels.horizon, clock.watermark)
      var released = streams[stream].waiting.settling.take(through: horizon, watermark: watermark)
      for point in streams[stream].waiting.take(through: horizon) {
        if streams[stream].waiting.settling.contains(row: point.row) {
          streams[stream].waiting.settling.append(point, watermark: watermark)
        } else {
          released.append(point)
        }
      }
      for point in released {
        streams[stream].touch(Int(point.row))
        if let reason = put(point, stream: stream, into: &scratch)?.dropReason {
          let key = streams[stream].series[Int(point.row)].key
          refusedWaiting.append(RefusedWaiting(key: key, point: point, reason: reason))
        }
        append(&scratch, stream: stream, isEmitted: isEmitted, recordTime: recordTime)
      }
    }
  }

  /// Moves the clock after a record.
  ///
  /// - Returns: the channels that are not waited for any more.
  mutating func moveClock(
    after recordTime: Milliseconds?, isEmitted: Bool, scratch: inout [Step]
  ) -> [String] {
    var leftOut: [String] = []
    if !clock.channels.isEmpty {
      leftOut = clock.channels.leaveOutStalled(
        at: clock.logTime, after: settings.stallMilliseconds)
      if isWaitingFull, clock.isHeld, let holder = clock.channels.leaveOutHolder() {
        leftOut.append(holder)
      }
      if !leftOut.isEmpty {
        releaseWaiting(isEmitted: isEmitted, recordTime: recordTime, scratch: &scratch)
      }
    }
    // A replay that is about to apply such an event leaves the move to it.
    if !pendingEvents.contains(where: { $0.offset <= nextOffset && $0.kind.movesTime }) {
      clock.follow(streams, by: .init(recordTime: recordTime, isEmitted: isEmitted))
    }
    return leftOut
  }

  /// The most points of a partition that wait for a channel. With more, the channel that holds them is
  /// left out if it is behind; otherwise the points are ahead, and are refused.
  private static let waitingMaximum = 1_000_000

  var isWaitingFull: Bool {
    var count = 0
    for stream in streams.indices { count += streams[stream].waiting.count }
    return count >= Self.waitingMaximum
  }

  /// Whether buckets wait to be closed.
  var hasDueBuckets: Bool { clock.isMoving || isWithinBoundary }

  /// Closes, in all streams, the buckets that time has passed, until the segment is full.
  ///
  /// - Returns: whether the segment may go on. A segment that began within a boundary ends with it.
  mutating func closeDueBuckets(
    atMost limit: Int, scratch: inout [Step]
  ) -> Bool {
    while hasDueBuckets {
      let isContinued = isWithinBoundary
      if !isWithinBoundary {
        clock.step(streams)
        isWithinBoundary = true
      }
      for stream in streams.indices {
        while streams[stream].alignment.dueAt <= clock.watermark {
          guard sequence.count < limit else { return false }
          streams[stream].closeBuckets(
            by: clock, atMost: limit - sequence.count, into: &scratch)
          append(
            &scratch, stream: stream, isEmitted: clock.move.isEmitted,
            recordTime: clock.move.recordTime)
        }
      }
      isWithinBoundary = false
      hasUncommitted = true
      if clock.isMoving {
        // Only between two boundaries can a turn end, so a segment that is half full ends here, and so
        // does one that began within the boundary.
        if isContinued || sequence.count >= limit / 2 { return false }
        continue
      }
      clock.recount(streams)
      if clock.move.isTick { recordProgress() }
      if isContinued { return false }
    }
    return true
  }
}
