import Daemon
import Synchronization

/// The daemon's numbers, from when it runs.
final class DaemonActivityBox: Sendable {
  private let stored = Mutex<DaemonActivity?>(nil)

  var value: DaemonActivity? { stored.withLock { $0 } }

  /// Whether the daemon has partitions to read.
  var isReading: Bool { (value?.assignedPartitionCount ?? 0) > 0 }

  func set(_ activity: DaemonActivity) { stored.withLock { $0 = activity } }
}
