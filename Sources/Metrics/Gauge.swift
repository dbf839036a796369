import Synchronization

/// A number that goes up and down; the last write wins.
package final class Gauge: Sendable {
  private let bits: Atomic<UInt64>

  package init(_ value: Double = 0) {
    bits = Atomic(value.bitPattern)
  }

  package func set(_ value: Double) {
    bits.store(value.bitPattern, ordering: .relaxed)
  }

  package func add(_ change: Double) {
    bits.addDouble(change)
  }

  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

extension Atomic where Value == UInt64 {
  /// Adds to a `Double` that is stored as its bit pattern: processors have no atomic
  /// floating-point addition, so the addition is tried again until nobody came between.
  borrowing func addDouble(_ change: Double) {
    var current = load(ordering: .relaxed)
    while true {
      let sum = (Double(bitPattern: current) + change).bitPattern
      let (exchanged, original) = weakCompareExchange(
        expected: current, desired: sum, ordering: .relaxed)
      if exchanged { return }
      current = original
    }
  }
}
