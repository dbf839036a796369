/// The errors of median forecasts and of naive forecasts of the same targets, and the coverage of
/// an interval.
package struct NaiveComparison: Sendable, Equatable {
  package private(set) var median = AbsoluteErrors()
  package private(set) var naive = AbsoluteErrors()
  package private(set) var coverage = IntervalCoverage()

  package init() {}

  /// Number of targets for which both forecasts are known.
  package var count: Int { median.count }

  /// Ratio of the mean error of the median to that of the naive forecast; below 1 the median is
  /// better.
  package var ratio: Double { median.mean / naive.mean }
  package var isBelowNaive: Bool { median.mean < naive.mean }

  /// Adds a target. A forecast that is not finite is unknown, and is not compared.
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
