import Glibc

/// The median of `repeats` timed calls, after one that is not timed.
func medianSeconds(repeats: Int, _ work: () -> Void) -> Double {
  work()
  var samples: [Double] = []
  samples.reserveCapacity(repeats)
  for _ in 0..<repeats {
    let start = monotonicSeconds()
    work()
    samples.append(monotonicSeconds() - start)
  }
  return samples.sorted()[repeats / 2]
}

private func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
