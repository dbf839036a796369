/// The number of targets so far, and how many of them were within an interval of their forecasts.
package struct IntervalCoverage: Sendable, Equatable {
  package private(set) var count = 0
  package private(set) var insideCount = 0

  package init() {}

  /// Share of targets within the interval; NaN if nothing was added.
  package var share: Double { Double(insideCount) / Double(count) }

  /// Adds a target. The ends belong to the interval.
  package mutating func add(actual: Double, low: Double, high: Double) {
    count += 1
    if low <= actual, actual <= high { insideCount += 1 }
  }

  package mutating func add(_ other: IntervalCoverage) {
    count += other.count
    insideCount += other.insideCount
  }
}
