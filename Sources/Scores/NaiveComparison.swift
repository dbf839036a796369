/// The errors of forecasts' medians beside those of a naive forecast of the same targets, and the
/// coverage of an interval.
package struct NaiveComparison: Sendable, Equatable {
  package private(set) var median = AbsoluteErrors()
  package private(set) var naive = AbsoluteErrors()
  package private(set) var coverage = IntervalCoverage()

  package init() {}

  /// Targets of which both forecasts are known.
  package var count: Int { median.count }

  /// The median's error as a share of the naive forecast's; below 1 the median is better.
  package var ratio: Double { median.mean / naive.mean }
  package var isBelowNaive: Bool { median.mean < naive.mean }

  /// Adds a target; what is not a number is not known, and not compared.
  package mutating func add(
    actual: Double, median forecast: Double, low: Double, high: Double, naive naiveForecast: Double
  ) {
    if low.isFinite, high.isFinite { coverage.add(actual: actual, low: low, high: high) }
    guard forecast.isFinite, naiveForecast.isFinite else { return }
    median.add(actual: actual, forecast: forecast)
    naive.add(actual: actual, forecast: naiveForecast)
  }

  package mutating func add(_ other: NaiveComparison) {
    median.add(other.median)
    naive.add(other.naive)
    coverage.add(other.coverage)
  }
}
