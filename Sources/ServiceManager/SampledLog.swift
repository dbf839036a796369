import Synchronization

/// Decides which of many like lines are logged: the first few of each key in each period. The
/// others are counted, and each count is handed out once: with the next line of its key, or when
/// the key's period has ended.
package final class SampledLog: Sendable {
  /// Lines of one key that were not logged.
  package struct Suppressed: Sendable, Equatable {
    package var key: String
    package var count: Int

    package init(key: String, count: Int) {
      self.key = key
      self.count = count
    }
  }

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

  /// Whether to log this line: `nil` if not, else the number of lines of its key that were not
  /// logged since the last that was.
  package func admit(_ key: String) -> Int? {
    let now = clock()
    return windows.withLock { windows in
      let slot = windows[key] != nil || windows.count < Self.keysMaximum ? key : Self.overflowKey
      var window = windows[slot] ?? Window(start: now)
      defer { windows[slot] = window }
      if isOver(window, at: now) {
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

  /// Forgets the keys whose periods have ended, and hands out what was suppressed of them. To be
  /// called about once a second: that is what makes room for new keys.
  package func takeEnded() -> [Suppressed] {
    let now = clock()
    return take { isOver($0, at: now) }
  }

  /// As `takeEnded`, for all keys: before the process ends.
  package func takeAll() -> [Suppressed] { take { _ in true } }

  private func take(_ isTaken: (Window) -> Bool) -> [Suppressed] {
    windows.withLock { windows in
      let taken = windows.filter { isTaken($0.value) }
      for key in taken.keys { windows[key] = nil }
      return taken.filter { $0.value.suppressed > 0 }
        .map { Suppressed(key: $0.key, count: $0.value.suppressed) }
        .sorted { $0.key < $1.key }
    }
  }

  private func isOver(_ window: Window, at now: UInt64) -> Bool {
    now >= window.start && now - window.start >= period
  }

  private static let overflowKey = "(other)"
}

extension Logger {
  /// A line for each key: what it repeats, and how often it was not logged.
  package func warning(_ suppressed: [SampledLog.Suppressed]) {
    for lines in suppressed {
      warning("\(lines.count) more like this were not logged", ["like": .string(lines.key)])
    }
  }
}
