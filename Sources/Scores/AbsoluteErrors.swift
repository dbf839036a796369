/// The absolute errors of one forecaster, summed over the targets added so far.
package struct AbsoluteErrors: Sendable, Equatable {
  package private(set) var count = 0
  package private(set) var sum = 0.0

  package init() {}

  /// Mean absolute error; NaN if nothing was added.
  package var mean: Double { sum / Double(count) }

  package mutating func add(actual: Double, forecast: Double) {
    count += 1
    sum += abs(actual - forecast)
  }

  package mutating func add(_ other: AbsoluteErrors) {
    count += other.count
    sum += other.sum
  }
}
