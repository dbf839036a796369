import Metrics
import TimeSeries

extension Worker {
  func snapshotIsDue(at now: Int64) -> Bool {
    guard snapshots != nil, !partitions.isEmpty else { return false }
    let interval = settings.snapshotIntervalMilliseconds * 1_000_000
    return now - lastSnapshotNanoseconds >= interval
      || partitions.contains { $0.metadataIsNearlyFull }
  }

  /// Writes a snapshot of each partition that has changed since its last one.
  ///
  /// A failure is only counted and logged, because the log can rebuild the state.
  mutating func takeSnapshots(isFinal: Bool) {
    guard let snapshots, let clusterID else { return }
    lastSnapshotNanoseconds = clock.monotonicNanoseconds()
    for slot in partitions.indices where partitions[slot].isWorthASnapshot {
      do {
        let oldest = try snapshots.write(
          partitions[slot].snapshot(clusterID: clusterID, plan: plan))
        partitions[slot].noteSnapshot(oldestKept: oldest)
        metrics.snapshots.add()
      } catch {
        metrics.snapshotFailures.add()
        log.warning(
          "snapshot not written", ["partition": "\(partitions[slot].id)", "error": "\(error)"])
      }
    }
    if isFinal { log.debug("snapshots written", ["partitions": "\(partitions.count)"]) }
  }
}
