// The C headers of libsystemd claim `timespec` for their module, so it must be imported too.
import CSystemd
import Glibc

/// The clock that never jumps; systemd measures watchdog intervals and reloads by it.
package enum MonotonicTime {
  /// Nanoseconds of `CLOCK_MONOTONIC`.
  package static func nanoseconds() -> UInt64 {
    var time = timespec()
    // Can't fail: the clock exists on every Linux and the address is valid.
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
