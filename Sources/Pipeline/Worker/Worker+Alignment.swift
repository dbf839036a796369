import MetricFormats
import Metrics
import TimeSeries

/// A position in a batch: the next message, point and drop to process.
struct Cursor {
  var message = 0
  var point = 0
  var drop = 0
}

extension Worker {
  /// Decodes the whole batch with the formats of its inputs.
  mutating func decode() {
    points.removeAll()
    var first = 0
    while first < messages.count {
      let input = partitions[messages[first].slot].input
      var end = first + 1
      while end < messages.count, partitions[messages[end].slot].input == input { end += 1 }
      decoders.decode(messages, first..<end, input: input, into: &points)
      first = end
    }
    counts.missingValues += points.missingValueCount
  }

  /// Aligns one message after the other, until the batch ends, the segment is full, series are to be
  /// forgotten, a recorded event is due or a training is due. Time moves between messages.
  mutating func align() throws(TransportError) {
    guard closeDueBuckets() else { return }
    while cursor.message < messages.count {
      let message = messages[cursor.message]
      let slot = message.slot
      let wasReplaying = partitions[slot].isReplaying
      partitions[slot].catchUp(with: message)
      if partitions[slot].eventIsDue(before: message.offset) { return }
      if partitions[slot].accepts(message) {
        let changesBefore = partitions[slot].index.changeCount
        try alignMessage(message)
        if partitions[slot].index.changeCount > changesBefore {
          alarmOnScattered(slot: slot, from: changesBefore)
        }
        partitions[slot].finish(message, atNanoseconds: turnBeganNanoseconds)
        commits.hasUncommitted = true
        try moveClock(after: message)
      } else {
        try refuseForeignLog(message)
        cursor.skipMessage(in: points)
      }
      cursor.message += 1
      guard closeDueBuckets(slot: slot) else { return }
      let isUpkeepDue = partitions[slot].needsUpkeep
      if partitions[slot].isReplaying {
        if isUpkeepDue { return }
        continue
      }
      if wasReplaying { endReplay(slot: slot) }
      if isUpkeepDue || plan.isDue(at: partitions[slot].clock.watermark) { return }
    }
  }

  /// The most steps of a segment.
  private static let segmentStepsMaximum = 4_096

  /// Closes the buckets that are due, until the segment is full.
  ///
  /// - Returns: whether no bucket is left to close.
  mutating func closeDueBuckets() -> Bool {
    for slot in partitions.indices {
      guard closeDueBuckets(slot: slot) else { return false }
    }
    return true
  }

  private mutating func closeDueBuckets(slot: Int) -> Bool {
    guard partitions[slot].hasDueBuckets else { return true }
    commits.hasUncommitted = true
    return partitions[slot].closeDueBuckets(
      atMost: Self.segmentStepsMaximum, scratch: &steps)
  }

  /// Whether buckets wait to be closed.
  var hasDueBuckets: Bool {
    partitions.contains(where: \.hasDueBuckets)
  }

  private mutating func moveClock(after message: InputMessage) throws(TransportError) {
    let slot = message.slot
    let isEmitted = message.offset >= partitions[slot].emitFrom
    let leftOut = partitions[slot].moveClock(
      after: message.recordTime, isEmitted: isEmitted, scratch: &steps)
    try refuseWaiting(after: message, isEmitted: isEmitted)
    guard isEmitted else { return }
    for channel in leftOut {
      metrics.stalledChannels.add()
      log.warning(
        "a channel is not waited for any more: no router has spoken of it for longer than "
          + "stall_maximum; is the process that reads it alive? Its points may be late now",
        ["channel": channel, "partition": "\(partitions[slot].id)"])
    }
  }

  /// Makes dead letters of the points that had waited in vain.
  private mutating func refuseWaiting(
    after message: InputMessage, isEmitted: Bool
  ) throws(TransportError) {
    let slot = message.slot
    guard !partitions[slot].refusedWaiting.isEmpty else { return }
    let refused = partitions[slot].refusedWaiting
    partitions[slot].refusedWaiting.removeAll()
    guard isEmitted else { return }
    for point in refused {
      counts.drop(point.reason)
      var reasons = DropReasonSet()
      reasons.insert(point.reason)
      let record = point.record
      let letter = PendingDeadLetter(
        reasons: reasons, drops: [], offset: message.offset, recordTime: message.recordTime,
        key: point.key, value: record, originalByteCount: record.count)
      try deadLetters.send(letter, of: partitions[slot].id)
    }
  }

  /// Ends a replay. Its counts are discarded, because they were counted when the points were new.
  /// The champion may be newer than the last model of the replay, so it is looked up again.
  mutating func endReplay(slot: Int) {
    _ = partitions[slot].takeCounts()
    lookForChampions()
    lookForControlRecords()
  }

  /// Rejects a partition's snapshots if the log has another record than the snapshot at the same
  /// offset. The topic was then deleted and created again.
  private func refuseForeignLog(_ message: InputMessage) throws(TransportError) {
    guard partitions[message.slot].isContradicted(by: message) else { return }
    let id = partitions[message.slot].id
    snapshots?.reject(id)
    throw .rebuild("\(id) is not the log its snapshot was made from; starting without it")
  }

  /// Warns of new series that another partition of the topic already has. Such a series is forecast
  /// twice, each time from a part of its points. Its points should have one key, or pass through
  /// the router.
  private func alarmOnScattered(slot: Int, from first: Int) {
    for entry in partitions[slot].index.insertions(from: first) {
      let key = Array(partitions[slot].index.key(of: entry))
      let elsewhere = partitions.indices.first { other in
        other != slot && partitions[other].id.topic == partitions[slot].id.topic
          && key.withUnsafeBytes { partitions[other].index.find($0) != nil }
      }
      guard let elsewhere else { continue }
      metrics.scatteredSeries.add()
      log.warning(
        "a series of a keyed input is in two partitions: key it by series, or set keyed: false",
        [
          "series": String(decoding: key, as: UTF8.self), "partition": "\(partitions[slot].id)",
          "also_in": "\(partitions[elsewhere].id)",
        ])
    }
  }

  private mutating func alignMessage(
    _ message: InputMessage
  ) throws(TransportError) {
    let number = UInt32(cursor.message)
    let isEmitted = message.offset >= partitions[message.slot].emitFrom
    partitions[message.slot].readClock(message)
    if partitions[message.slot].takeChannels(
      of: message, isEmitted: isEmitted, scratch: &steps)
    {
      cursor.skipMessage(in: points)
      return
    }
    var dropped = DropReasonSet()
    while cursor.drop < points.drops.count, points.drops[cursor.drop].message == number {
      dropped.insert(points.drops[cursor.drop].reason)
      if isEmitted { counts.drop(points.drops[cursor.drop].reason) }
      cursor.drop += 1
    }
    let near = isEmitted ? nearTimes(of: message) : nil
    while cursor.point < points.points.count, points.points[cursor.point].message == number {
      let point = points.points[cursor.point]
      let outcome = add(point, of: message, isEmitted: isEmitted)
      if let near, !near.contains(point.time) {
        noteDistant(point, in: message, outcome: outcome)
      }
      if let reason = outcome,
        isRefusal(reason, of: point, in: message, isEmitted: isEmitted)
      {
        dropped.insert(reason)
        if isEmitted { counts.drop(reason) }
      }
      cursor.point += 1
    }
    if isEmitted, !dropped.isEmpty {
      try deadLetters.refuse(message, of: partitions[message.slot].id, reasons: dropped)
    }
  }

  private mutating func add(
    _ point: Point, of message: InputMessage, isEmitted: Bool
  ) -> DropReason? {
    let start = Int(point.keyStart)
    return points.keyBytes.withUnsafeBytes { keys in
      partitions[message.slot].add(
        point,
        key: UnsafeRawBufferPointer(rebasing: keys[start..<start + Int(point.keyLength)]),
        of: message, isEmitted: isEmitted, scratch: &steps)
    }
  }
}

extension Cursor {
  mutating func skipMessage(in points: PointBatch) {
    let number = UInt32(message)
    while point < points.points.count, points.points[point].message == number { point += 1 }
    while drop < points.drops.count, points.drops[drop].message == number { drop += 1 }
  }
}
