import CSystemd
import Glibc

/// Tells the service manager, if there is one, what the daemon is doing (`sd_notify`).
///
/// Every call is harmless outside of a service, so callers need not ask whether they are in one.
package struct ServiceNotifier: Sendable {
  package enum Outcome: Sendable, Equatable {
    case sent
    /// The process was not started with `NOTIFY_SOCKET`.
    case notSupervised
    /// The service manager could not be told; the service goes on, but may be restarted.
    case failed(reason: String)
  }

  package init() {}

  /// Start-up is done; also ends a reload.
  @discardableResult
  package func ready(status: String? = nil) -> Outcome { send("READY=1", status: status) }

  /// The line that `systemctl status` shows.
  @discardableResult
  package func status(_ status: String) -> Outcome { send(status: status) }

  /// The configuration is read again; `ready()` must follow, also where the new one was refused.
  ///
  /// - `now`: monotonic time, by which the manager tells this reload from an earlier one.
  @discardableResult
  package func reloading(now: UInt64 = MonotonicTime.nanoseconds()) -> Outcome {
    send("RELOADING=1", "MONOTONIC_USEC=\(now / 1_000)")
  }

  /// The daemon drains and will exit.
  @discardableResult
  package func stopping(status: String? = nil) -> Outcome { send("STOPPING=1", status: status) }

  /// All is well; see `WatchdogFeeder`.
  @discardableResult
  package func feedWatchdog() -> Outcome { send("WATCHDOG=1") }

  /// Asks for more time to start, reload or stop, as for a long replay; to be repeated before it is
  /// up.
  @discardableResult
  package func extendTimeout(by duration: Duration) -> Outcome {
    send("EXTEND_TIMEOUT_USEC=\(duration.microseconds)")
  }

  /// How long the manager waits for a sign of life before it restarts the service; nil where it
  /// does not watch this process.
  package var watchdogInterval: Duration? {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(clamping: microseconds))
  }

  private func send(_ assignments: String..., status: String? = nil) -> Outcome {
    var lines = assignments
    if let status { lines.append("STATUS=" + oneLine(status)) }
    let code = sd_notify(0, lines.joined(separator: "\n"))
    if code == 0 { return .notSupervised }
    return code > 0 ? .sent : .failed(reason: String(cString: strerror(-code)))
  }

  /// A newline in a status would begin another assignment of the protocol.
  private func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
