import TimeSeries

/// Which share of values the published central intervals of a stream contained lately, for the
/// metrics; it moves no state.
package struct CoverageMeter: Sendable {
  /// Values over which shares fade.
  private static let memory = 10_000.0
  private var count = 0.0
  /// One an interval, outermost first; not a number before the first value.
  package private(set) var shares: [Double]

  init(intervalCount: Int) { shares = Array(repeating: .nan, count: intervalCount) }

  /// Values that were counted, at most as many as are remembered.
  package var weight: Double { count }

  /// - Parameter values: as published. Shape: [L]
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
