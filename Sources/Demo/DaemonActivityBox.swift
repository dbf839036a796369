import Daemon
import Synchronization

/// The activity of the daemon, once it runs.
final class DaemonActivityBox: Sendable {
  private let stored = Mutex<DaemonActivity?>(nil)

  var value: DaemonActivity? { stored.withLock { $0 } }

  func set(_ activity: DaemonActivity) { stored.withLock { $0 = activity } }
}
