import Synchronization

/// When a process's router last had something to do, for the workers that read its points.
///
/// A partition of points that is silent while the router works through a backlog is not silent at
/// the source: closing its buckets by the clock would make the delayed points late.
package final class RouterActivity: Sendable {
  private let busyNanoseconds = Atomic<Int64>(.min)

  package init() {}

  func noteBusy(atNanoseconds now: Int64) { busyNanoseconds.store(now, ordering: .relaxed) }

  func isQuiet(forNanoseconds span: Int64, at now: Int64) -> Bool {
    let last = busyNanoseconds.load(ordering: .relaxed)
    return last == .min || now - last >= span
  }
}
