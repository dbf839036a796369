import Synchronization

/// Decides which of many like events are logged: the first few of each key in each period, so that a
/// million bad messages make a few lines and an exact count.
package final class SampledLog: Sendable {
  /// Keys beyond it share one budget, so that keys from outside can't fill the memory.
  package static let keysMaximum = 1_024

  private let linesPerPeriod: Int
  private let period: UInt64
  private let clock: @Sendable () -> UInt64
  private let windows = Mutex<[String: Window]>([:])

  private struct Window {
    var start: UInt64
    var admitted = 0
    var suppressed = 0
  }

  /// - `clock`: monotonic nanoseconds.
  /// - Precondition: at least one line in a positive period.
  package init(
    linesPerPeriod: Int, period: Duration,
    clock: @escaping @Sendable () -> UInt64 = MonotonicTime.nanoseconds
  ) {
    precondition(linesPerPeriod > 0 && period > .zero, "some lines in some time")
    self.linesPerPeriod = linesPerPeriod
    let (seconds, attoseconds) = period.components
    self.period = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    self.clock = clock
  }

  /// Whether to log this event: nil if not, else how many of this key were not logged since the last
  /// that was.
  package func admit(_ key: String) -> Int? {
    let now = clock()
    return windows.withLock { windows in
      let slot = windows[key] != nil || windows.count < Self.keysMaximum ? key : Self.overflowKey
      var window = windows[slot] ?? Window(start: now)
      defer { windows[slot] = window }
      if now >= window.start, now - window.start >= period {
        window.start = now
        window.admitted = 0
      }
      guard window.admitted < linesPerPeriod else {
        window.suppressed += 1
        return nil
      }
      window.admitted += 1
      defer { window.suppressed = 0 }
      return window.suppressed
    }
  }

  /// What was not logged and not yet reported by `admit`, by key; for a summary now and then and at the
  /// end. Counts start again at 0, and keys whose period is over are forgotten.
  package func takeSuppressed() -> [(key: String, count: Int)] {
    let now = clock()
    return windows.withLock { windows in
      let counts = windows.filter { $0.value.suppressed > 0 }
        .map { (key: $0.key, count: $0.value.suppressed) }
      for key in windows.keys { windows[key]?.suppressed = 0 }
      windows = windows.filter { now < $0.value.start || now - $0.value.start < period }
      return counts.sorted { $0.key < $1.key }
    }
  }

  private static let overflowKey = "(other)"
}
