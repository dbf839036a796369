import Synchronization

/// When a thread last went round its loop; written by the thread, read by the watchdog.
package final class Heartbeat: Sendable {
  /// What the log calls the thread.
  package let name: String
  private let last: Atomic<UInt64>

  /// Counts as a first beat, so that a thread that hangs before its loop is noticed too.
  package init(name: String, now: UInt64 = MonotonicTime.nanoseconds()) {
    self.name = name
    last = Atomic(now)
  }

  /// - `now`: monotonic nanoseconds.
  /// - Complexity: one relaxed atomic store.
  package func beat(now: UInt64 = MonotonicTime.nanoseconds()) {
    last.store(now, ordering: .relaxed)
  }

  /// The thread ends as it should and is no longer watched.
  package func retire() {
    last.store(Self.retired, ordering: .relaxed)
  }

  /// Nil after `retire()`.
  package var lastBeat: UInt64? {
    let value = last.load(ordering: .relaxed)
    return value == Self.retired ? nil : value
  }

  private static let retired = UInt64.max
}
