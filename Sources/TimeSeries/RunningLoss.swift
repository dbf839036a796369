/// A mean loss as it comes in, for the report of a replay.
package struct RunningLoss: Sendable, Equatable {
  package private(set) var count = 0
  private var sum = 0.0

  package init() {}

  /// Not a number where nothing came in.
  package var mean: Double { count == 0 ? .nan : sum / Double(count) }

  package mutating func add(_ loss: Double) {
    count += 1
    sum += loss
  }

  package mutating func add(_ other: RunningLoss) {
    count += other.count
    sum += other.sum
  }
}
