import TimeSeries

/// The share of recent values that the published central intervals of a stream contained. It is
/// used by the metrics only and changes no state.
package struct CoverageMeter: Sendable {
  /// Number of values over which the shares are averaged; older ones fade.
  private static let memory = 10_000.0
  private var count = 0.0
  /// One share for each interval, outermost first; NaN before the first value.
  package private(set) var shares: [Double]

  init(intervalCount: Int) { shares = Array(repeating: .nan, count: intervalCount) }

  /// Number of values counted, at most `memory`.
  package var weight: Double { count }

  /// - Parameter values: the published quantiles. Shape: [L]
  mutating func note(
    _ value: Double, values: UnsafePointer<Double>, intervals: [CentralInterval]
  ) {
    guard let first = intervals.first, !values[first.low].isNaN else { return }
    count = min(count + 1, Self.memory)
    for (number, interval) in intervals.enumerated() {
      let isInside: Double =
        values[interval.low] <= value && value <= values[interval.high] ? 1 : 0
      let known = shares[number].isNaN ? isInside : shares[number]
      shares[number] = known + (isInside - known) / count
    }
  }
}
