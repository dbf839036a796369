import Forecasting
import Metrics
import TimeSeries

extension Worker {
  mutating func answerRebalance(_ result: PollResult) throws(TransportError) {
    switch result {
    case .assigned(let ids): try assign(ids)
    case .revoked(let ids): try giveUp(ids, isCommittable: true)
    case .lost(let ids): try giveUp(ids, isCommittable: false)
    case .messages, .ended: break
    }
  }

  /// Takes over assigned partitions. Each state is restored at the committed offset if possible.
  /// Otherwise reading starts earlier, and the records up to the committed offset rebuild the state
  /// without output.
  private mutating func assign(_ ids: [PartitionID]) throws(TransportError) {
    if clusterID == nil { clusterID = try source.clusterID() }
    var positions: [StartPosition] = []
    for id in ids.sorted(by: { ($0.topic, $0.partition) < ($1.topic, $1.partition) }) {
      let slot = partitions.count
      let (state, start) = try revive(id)
      partitions.append(state)
      if state.hasUncommitted { commits.hasUncommitted = true }
      positions.append(StartPosition(partition: id, slot: slot, offset: start))
      log.info(
        "partition assigned",
        [
          "partition": "\(id)", "from": "\(start)", "emit_from": "\(state.emitFrom)",
          "series": "\(state.seriesCount)",
        ])
    }
    metrics.assignedPartitions.add(Double(ids.count))
    parked.removeAll()
    lookForChampions()
    lookForControlRecords()
    try source.start(positions)
  }

  /// Gives all partitions back. After a revocation the states are kept, in case the partitions
  /// return unchanged.
  private mutating func giveUp(
    _ ids: [PartitionID], isCommittable: Bool
  ) throws(TransportError) {
    if isCommittable {
      do throws(TransportError) {
        try commitIfDue(isForced: true)
      } catch {
        // The group waits for the release in any case. The next owner processes the batch again.
        guard case .abortTransaction(let reason) = error, settings.isTransactional else {
          throw error
        }
        try takeBack(reason)
      }
      takeAllSnapshots()
      for partition in partitions { parked[partition.id] = partition }
    } else {
      try sink.abort()
      discardCounts()
      returnReports()
      commits.hasUncommitted = false
    }
    removeGauges()
    metrics.assignedPartitions.add(-Double(partitions.count))
    partitions.removeAll()
    log.info("partitions given up", ["partitions": "\(ids.count)"])
    try source.release()
  }

  private mutating func revive(_ id: PartitionID) throws(TransportError) -> (
    PartitionState, StartOffset
  ) {
    let committed = try source.committed(id)
    if let state = parked[id], state.isState(of: committed) {
      return (state, .at(state.nextOffset))
    }
    let range = try source.logRange(id)
    guard let committed else {
      if let revived = reviveWithoutOffset(id, log: range) { return revived }
      let start = settings.start == .latest ? range.upperBound : range.lowerBound
      var state = begin(id, at: start)
      beginControl(of: &state)
      return (state, .at(start))
    }
    guard committed.offset <= range.upperBound else {
      return try reviveBeyondEnd(id, committed: committed, log: range)
    }
    if committed.offset < range.lowerBound {
      let lost = range.lowerBound - committed.offset
      metrics.lostRecords.add(Int(lost))
      log.warning(
        "the log has deleted records that were not read yet: going on at its oldest record; raise the "
          + "topic's retention, or find out why the daemon was behind",
        ["partition": "\(id)", "records": "\(lost)", "oldest": "\(range.lowerBound)"])
    }
    let metadata = CommitMetadata(text: committed.metadata)
    if let revived = reviveFromSnapshot(id, committed: committed, metadata: metadata, log: range) {
      return revived
    }
    return try warmUpFromLog(id, committed: committed, metadata: metadata, log: range)
  }

  /// The state of a partition whose log ends before the committed offset: the topic was made anew, or
  /// a broker has lost its newest records. The newest snapshot within the log decides, because its last
  /// record is compared with the log's before anything is processed.
  private mutating func reviveBeyondEnd(
    _ id: PartitionID, committed: CommittedOffset, log range: Range<Int64>
  ) throws(TransportError) -> (PartitionState, StartOffset) {
    let details: KeyValuePairs = [
      "partition": "\(id)", "committed": "\(committed.offset)", "end": "\(range.upperBound)",
    ]
    let end = CommittedOffset(offset: range.upperBound, metadata: committed.metadata)
    let metadata = CommitMetadata(text: committed.metadata)
    if let revived = reviveFromSnapshot(id, committed: end, metadata: metadata, log: range) {
      log.warning(
        "the log ends before the committed offset: going on at its end with what is known, if its records "
          + "are those of the snapshot; did a broker lose records?", details)
      return revived
    }
    if range.lowerBound > 0 {
      log.warning(
        "the log ends before the committed offset, but it is no new one: warming up from its records; "
          + "did a broker lose records?", details)
      return try warmUpFromLog(id, committed: end, metadata: metadata, log: range)
    }
    log.warning(
      "the log ends before the committed offset, so it was made anew: starting at its beginning",
      details)
    snapshots?.reject(id)
    return (begin(id, at: range.lowerBound), .at(range.lowerBound))
  }

  /// A state without a snapshot. The training histories of its series start with those that `train
  /// --history` has recorded.
  private func begin(_ id: PartitionID, at offset: Int64) -> PartitionState {
    var state = newState(id, at: offset)
    for (number, stream) in settings.streams.enumerated() {
      state.streams[number].recorded = models.recordedHistory(of: stream, log: log)
    }
    return state
  }

  private func newState(_ id: PartitionID, at offset: Int64) -> PartitionState {
    let champions = settings.streams.map { models.championOrUntrained(of: $0, seed: settings.seed) }
    return PartitionState(
      id: id, input: decoders.input(ofTopic: id.topic),
      isRouted: decoders.isRouted(topic: id.topic), settings: settings, models: champions,
      startOffset: offset, nowNanoseconds: clock.monotonicNanoseconds())
  }

  /// Restores the newest usable snapshot of this log that is not ahead of the committed offset. The
  /// events recorded after the snapshot are applied again on the way to that offset.
  private mutating func reviveFromSnapshot(
    _ id: PartitionID, committed: CommittedOffset, metadata: CommitMetadata?,
    log range: Range<Int64>
  ) -> (PartitionState, StartOffset)? {
    guard let snapshots, let metadata, let clusterID else { return nil }
    for candidate in snapshots.candidates(for: id, notAfter: committed.offset) {
      do {
        let snapshot = try snapshots.read(candidate)
        guard snapshot.clusterID == clusterID else { continue }
        // The records after the snapshot must still be in the log.
        guard snapshot.nextOffset >= range.lowerBound else { continue }
        var state = newState(id, at: snapshot.nextOffset)
        let losses = try state.restore(snapshot, models: models)
        state.emitFrom = committed.offset
        restoreControl(snapshot.control, of: &state)
        state.replay(
          metadata.events.filter {
            $0.offset > snapshot.nextOffset
              || $0.offset == snapshot.nextOffset && !snapshot.events.contains($0)
          })
        for (number, source) in state.sources(in: snapshot).enumerated() {
          if let due = source.flatMap({ snapshot.streams[$0].trainingDue }) {
            plan.resume(due, of: number)
          }
        }
        report(losses, of: candidate, id)
        return (state, .at(state.startOfCheck(log: range)))
      } catch {
        log.warning(
          "snapshot not usable, trying an older one or the log",
          ["file": candidate.fileName, "error": "\(error)"])
      }
    }
    return nil
  }

  /// Restores the newest snapshot of a partition of which the group has no offset: the group was
  /// renamed, or its offsets have expired. What was learned is worth more than a fresh start.
  private mutating func reviveWithoutOffset(
    _ id: PartitionID, log range: Range<Int64>
  ) -> (PartitionState, StartOffset)? {
    guard let newest = snapshots?.candidates(for: id, notAfter: range.upperBound).first else {
      return nil
    }
    let revived = reviveFromSnapshot(
      id, committed: CommittedOffset(offset: newest.offset, metadata: ""),
      metadata: CommitMetadata(watermark: nil, events: []), log: range)
    guard let revived else { return nil }
    log.warning(
      "the group has no offset of the partition, but there is a snapshot: going on from there; if "
        + "the group was renamed, outputs after that offset are published again",
      ["partition": "\(id)", "offset": "\(newest.offset)"])
    return revived
  }

  /// Logs what of a snapshot begins anew, and keeps the file: later snapshots do not have it.
  private func report(
    _ losses: [SnapshotLoss], of candidate: SnapshotStore.Candidate, _ partition: PartitionID
  ) {
    guard !losses.isEmpty, let snapshots else { return }
    var kept = "not kept"
    do throws(StateDirectoryError) {
      kept = try snapshots.keepPrevious(candidate, of: partition)
    } catch {
      log.warning("a snapshot could not be set aside", ["error": "\(error)"])
    }
    for loss in losses {
      log.warning(
        "a part of the snapshot does not fit the configuration and begins anew; the rest goes on, and "
          + "the snapshot is kept (docs/architecture.md, Recovery, says how to go back)",
        ["stream": loss.stream, "part": loss.part, "reason": loss.reason, "kept": kept])
    }
  }

  /// Rebuilds the state from the log, starting about one window before the committed offset.
  private func warmUpFromLog(
    _ id: PartitionID, committed: CommittedOffset, metadata: CommitMetadata?,
    log range: Range<Int64>
  ) throws(TransportError) -> (PartitionState, StartOffset) {
    var start = max(range.lowerBound, min(committed.offset, range.upperBound))
    // Before the first bucket has closed there are points already, and what is known of channels.
    if let reached = metadata?.watermark ?? metadata?.logTime {
      let window = settings.streams.map(\.windowMilliseconds).max() ?? 0
      let waiting = decoders.isRouted(topic: id.topic) ? settings.stallMilliseconds : 0
      if let found = try source.offset(id, at: reached - window - waiting) {
        start = min(start, found)
      }
    }
    var state = begin(id, at: start)
    state.emitFrom = committed.offset
    // The state starts with the champions, so recorded adoptions are left out. It also starts with what was
    // taken up of the control topic before.
    let events = metadata?.events ?? []
    let control = events.last { $0.kind.isControl && $0.offset < start }
    state.replay(
      (control.map { [$0] } ?? [])
        + events.filter { event in
          if case .model = event.kind { return false }
          return event.offset >= start
        })
    log.info(
      "no snapshot for the partition: warming up from the log",
      ["partition": "\(id)", "from": "\(start)", "to": "\(committed.offset)"])
    return (state, .at(start))
  }
}
