import Synchronization

/// The time at which the router last had work, for the workers of the same process that read its
/// points.
///
/// While the router works through a backlog, a silent partition of the points topic does not mean
/// that the sources are silent. If the clock closed its buckets, the delayed points would be late.
package final class RouterActivity: Sendable {
  private let busyNanoseconds = Atomic<Int64>(.min)

  package init() {}

  func noteBusy(atNanoseconds now: Int64) { busyNanoseconds.store(now, ordering: .relaxed) }

  func isQuiet(forNanoseconds span: Int64, at now: Int64) -> Bool {
    let last = busyNanoseconds.load(ordering: .relaxed)
    return last == .min || now - last >= span
  }
}
