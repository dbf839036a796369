import Glibc

/// The median of `repeats` timed calls, after one that is not timed.
func medianSeconds(repeats: Int, _ work: () -> Void) -> Double {
  work()
  var samples: [Double] = []
  samples.reserveCapacity(repeats)
  for _ in 0..<repeats { samples.append(seconds(work)) }
  return samples.sorted()[repeats / 2]
}

/// The same of works that are compared: they take turns, so that what else the machine does meets
/// each of them alike.
func medianSeconds(repeats: Int, alternating works: [() -> Void]) -> [Double] {
  for work in works { work() }
  var samples = works.map { _ in [Double]() }
  for _ in 0..<repeats {
    for (index, work) in works.enumerated() { samples[index].append(seconds(work)) }
  }
  return samples.map { $0.sorted()[repeats / 2] }
}

private func seconds(_ work: () -> Void) -> Double {
  let start = monotonicSeconds()
  work()
  return monotonicSeconds() - start
}

private func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
