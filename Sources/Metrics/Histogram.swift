import Synchronization

/// A distribution in buckets whose upper bounds are powers of two.
///
/// Powers of two are exact in binary floating point, so the bounds of every process and every
/// release agree to the last digit, and the bucket of a value is read off its exponent without a
/// search.
package final class Histogram: Sendable {
  private let lowestExponent: Int
  private let buckets: AtomicSlots
  private let sumBits = Atomic<UInt64>(0)

  /// - `exponents`: the bounds are 2ⁿ for each n of the range, and +Inf. For seconds, `-20...5`
  ///   spans a microsecond to half a minute; for record counts, `0...20`.
  /// - Precondition: at most 64 bounds.
  package init(exponents: ClosedRange<Int>) {
    precondition(exponents.count <= 64, "a histogram has at most 64 bounds")
    precondition(
      exponents.lowerBound >= -1022 && exponents.upperBound <= 1023,
      "the bounds are normal numbers")
    lowestExponent = exponents.lowerBound
    buckets = AtomicSlots(count: exponents.count + 1)
  }

  /// Counts `value`; NaN is not counted, since it would make the sum useless.
  package func observe(_ value: Double) {
    guard !value.isNaN else { return }
    buckets.increment(at: bucket(of: value))
    sumBits.addDouble(value)
  }

  /// The present counts; buckets are read one after another while others may write, and the
  /// total is their sum, so the exposition is always consistent in itself.
  package var snapshot: HistogramSnapshot {
    var cumulative: [UInt64] = []
    cumulative.reserveCapacity(buckets.count)
    var running: UInt64 = 0
    for index in 0..<buckets.count {
      running += buckets.load(at: index)
      cumulative.append(running)
    }
    let bounds = (0..<(buckets.count - 1)).map { index in
      Double(sign: .plus, exponent: lowestExponent + index, significand: 1)
    }
    return HistogramSnapshot(
      upperBounds: bounds, cumulativeCounts: cumulative,
      sum: Double(bitPattern: sumBits.load(ordering: .relaxed)))
  }

  /// The smallest bucket whose upper bound is not below `value`; the last one is +Inf.
  private func bucket(of value: Double) -> Int {
    guard value > 0 else { return 0 }
    guard value.isFinite else { return buckets.count - 1 }
    let ceiling = Int(value.exponent) + (value.significand > 1 ? 1 : 0)
    return min(max(ceiling - lowestExponent, 0), buckets.count - 1)
  }
}

/// What a histogram held at one moment.
package struct HistogramSnapshot: Sendable {
  /// Ascending, without +Inf.
  package let upperBounds: [Double]
  /// One more than the bounds: the last is the count of all observations.
  package let cumulativeCounts: [UInt64]
  package let sum: Double

  /// - Precondition: one count more than bounds, bounds ascending, counts not descending.
  package init(upperBounds: [Double], cumulativeCounts: [UInt64], sum: Double) {
    precondition(cumulativeCounts.count == upperBounds.count + 1, "the last bucket is +Inf")
    precondition(zip(upperBounds, upperBounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
    precondition(
      zip(cumulativeCounts, cumulativeCounts.dropFirst()).allSatisfy { $0 <= $1 },
      "cumulative counts don't descend")
    self.upperBounds = upperBounds
    self.cumulativeCounts = cumulativeCounts
    self.sum = sum
  }
}

/// A fixed row of atomics; arrays can't hold them because atomics can't be copied.
// Safety: the memory is allocated once, never moves, is only touched through atomic operations,
// and is freed when the last reference is gone.
private final class AtomicSlots: @unchecked Sendable {
  let count: Int
  private let slots: UnsafeMutablePointer<Atomic<UInt64>>

  init(count: Int) {
    self.count = count
    slots = .allocate(capacity: count)
    for index in 0..<count {
      (slots + index).initialize(to: Atomic(0))
    }
  }

  deinit {
    slots.deinitialize(count: count)
    slots.deallocate()
  }

  func increment(at index: Int) {
    precondition(index >= 0 && index < count)
    slots[index].wrappingAdd(1, ordering: .relaxed)
  }

  func load(at index: Int) -> UInt64 {
    precondition(index >= 0 && index < count)
    return slots[index].load(ordering: .relaxed)
  }
}
