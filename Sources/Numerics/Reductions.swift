/// Sums whose order is fixed, so that they are the same bits on every run and thread count.
package enum Reductions {
  /// Σ x in double, by halves: error grows with log(count), order depends on count alone.
  ///
  /// - Source: Higham (1993), "The accuracy of floating point summation", pairwise summation.
  package static func sum(_ x: UnsafeBufferPointer<Double>) -> Double {
    if x.count <= 32 {
      var total = 0.0
      for value in x { total += value }
      return total
    }
    let half = x.count / 2
    return sum(UnsafeBufferPointer(rebasing: x[..<half]))
      + sum(UnsafeBufferPointer(rebasing: x[half...]))
  }

  /// Adds shards [count of shards, length] into the first by a binary tree over their indices.
  ///
  /// The tree depends on the number of shards only, not on who computed them or when.
  package static func sumShards(
    _ shards: UnsafeMutableBufferPointer<Float>, shardCount: Int, length: Int
  ) {
    precondition(shardCount >= 1 && shards.count >= shardCount * length)
    guard let base = shards.baseAddress else { return }
    var distance = 1
    while distance < shardCount {
      var index = 0
      while index + distance < shardCount {
        VectorKernels.current.accumulate(
          base + (index + distance) * length, into: base + index * length, count: length)
        index += 2 * distance
      }
      distance *= 2
    }
  }
}
