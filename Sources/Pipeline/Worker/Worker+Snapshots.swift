import Metrics
import TimeSeries

extension Worker {
  private func roundIsDue(at now: Int64) -> Bool {
    now - lastSnapshotNanoseconds >= settings.snapshotIntervalMilliseconds * 1_000_000
  }

  /// Writes the snapshots that are due, one partition in a turn, so that no turn waits for the disk for
  /// all of them.
  mutating func continueSnapshots() throws(TransportError) {
    guard snapshots != nil else { return }
    // A round ends before the next one begins, so that no partition waits for ever.
    if !partitions.contains(where: \.isSnapshotDue), roundIsDue(at: turnBeganNanoseconds) {
      lastSnapshotNanoseconds = turnBeganNanoseconds
      for slot in partitions.indices { partitions[slot].isSnapshotDue = true }
    }
    let urgent = partitions.firstIndex(where: \.metadataIsNearlyFull)
    guard urgent != nil || partitions.contains(where: \.isSnapshotDue) else { return }
    try commitIfDue(isForced: true)
    if let urgent, takeSnapshot(slot: urgent) { return }
    for slot in partitions.indices where partitions[slot].isSnapshotDue {
      if takeSnapshot(slot: slot) { return }
    }
  }

  /// Writes a snapshot of each partition that has changed since its last one.
  mutating func takeAllSnapshots() {
    lastSnapshotNanoseconds = clock.monotonicNanoseconds()
    for slot in partitions.indices { _ = takeSnapshot(slot: slot) }
    log.debug("snapshots written", ["partitions": "\(partitions.count)"])
  }

  /// Writes a snapshot of a partition, if it has changed since its last one.
  ///
  /// A failure is only counted and logged, because the log can rebuild the state.
  ///
  /// - Returns: whether one was tried.
  private mutating func takeSnapshot(slot: Int) -> Bool {
    partitions[slot].isSnapshotDue = false
    guard let snapshots, let clusterID, partitions[slot].isWorthASnapshot else { return false }
    do {
      let oldest = try snapshots.write(partitions[slot].snapshot(clusterID: clusterID, plan: plan))
      partitions[slot].noteSnapshot(oldestKept: oldest)
      metrics.snapshots.add()
    } catch {
      metrics.snapshotFailures.add()
      log.warning(
        "snapshot not written", ["partition": "\(partitions[slot].id)", "error": "\(error)"])
    }
    return true
  }
}
