/// How long a thread waits before it tries again, longer with each failure in a row.
///
/// A single abort, as at a rebalance, costs no pause. Failures that are further apart than the memory
/// have nothing to do with each other.
struct RepeatedFailures {
  private static let pausesMilliseconds = [0, 0, 100, 500, 1_000, 2_000, 5_000, 10_000]
  private static let memoryNanoseconds: Int64 = 30_000_000_000
  private var count = 0
  private var lastNanoseconds: Int64?

  mutating func pauseMilliseconds(atNanoseconds now: Int64) -> Int {
    if let lastNanoseconds, now - lastNanoseconds > Self.memoryNanoseconds { count = 0 }
    lastNanoseconds = now
    defer { count += 1 }
    return Self.pausesMilliseconds[min(count, Self.pausesMilliseconds.count - 1)]
  }
}
