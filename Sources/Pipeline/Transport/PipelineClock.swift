import Synchronization
package import TimeSeries

#if canImport(Glibc)
  import Glibc
#endif

/// Wall time and monotonic time. Tests and replays supply their own clock.
package protocol PipelineClock: Sendable {
  /// Wall time.
  func now() -> Milliseconds
  /// A clock that never goes back, for intervals and durations.
  func monotonicNanoseconds() -> Int64
}

package struct SystemClock: PipelineClock {
  package init() {}

  package func now() -> Milliseconds {
    let time = Self.read(CLOCK_REALTIME)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  package func monotonicNanoseconds() -> Int64 {
    let time = Self.read(CLOCK_MONOTONIC)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
  }
}

/// A clock that stands still until it is told to move.
package final class ManualClock: PipelineClock {
  private let nanoseconds: Mutex<Int64>

  package init(milliseconds: Milliseconds = 0) { nanoseconds = Mutex(milliseconds * 1_000_000) }

  package func now() -> Milliseconds { nanoseconds.withLock { $0 / 1_000_000 } }

  package func monotonicNanoseconds() -> Int64 { nanoseconds.withLock { $0 } }

  package func advance(milliseconds: Milliseconds) {
    nanoseconds.withLock { $0 += milliseconds * 1_000_000 }
  }
}
