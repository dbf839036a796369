import Glibc

/// The two clocks a recording needs, replaceable so that a schedule can be tested without waiting.
package protocol RecordingClock {
  /// Never steps; its zero means nothing.
  mutating func monotonicNanoseconds() -> Int64
  /// Since the Unix epoch.
  mutating func wallNanoseconds() -> Int64
  /// May return early; the caller looks at the clock again.
  mutating func sleep(nanoseconds: Int64)
}

/// The clocks of the kernel.
package struct SystemRecordingClock: RecordingClock {
  package init() {}

  package mutating func monotonicNanoseconds() -> Int64 {
    // Unlike CLOCK_MONOTONIC it goes on while the machine is suspended, so the grid stays in place.
    Self.read(CLOCK_BOOTTIME)
  }

  package mutating func wallNanoseconds() -> Int64 {
    Self.read(CLOCK_REALTIME)
  }

  package mutating func sleep(nanoseconds: Int64) {
    var pause = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    // An interruption by a signal is welcome: the caller looks for a cancellation and sleeps on.
    nanosleep(&pause, nil)
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var now = timespec()
    // Cannot fail: both clocks exist on every Linux and the pointer is valid.
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
