/// Which partitions are read to their ends, from what was delivered and what the library says.
///
/// An end is a moment's: the library reports it once and then stays silent until it has the next
/// records, while the broker may have had them for a while, and a batch may hold records that came
/// after it. So it counts only up to the offset it was reported at, and only while no fetch has
/// brought word of a later end.
package struct PartitionEnds {
  /// By slot: one past the last record delivered, and the end reported last, -1 before the first.
  private var delivered: [Int64] = []
  private var reported: [Int64] = []

  package init() {}

  /// - Parameter slot: of the partition; negative ones are nobody's, and passed over.
  package mutating func note(delivered offset: Int64, slot: Int) {
    guard slot >= 0 else { return }
    reserve(slot)
    delivered[slot] = offset + 1
  }

  package mutating func note(end offset: Int64, slot: Int) {
    guard slot >= 0 else { return }
    reserve(slot)
    reported[slot] = offset
  }

  /// Forgets a partition that is read from elsewhere.
  package mutating func forget(slot: Int) {
    guard slot >= 0, slot < reported.count else { return }
    delivered[slot] = -1
    reported[slot] = -1
  }

  /// - Parameter knownEnd: one past the log's last record as the newest answer of the broker had it;
  ///   includes records of transactions that are open, which are yet to come.
  package func isAtEnd(slot: Int, knownEnd: Int64?) -> Bool {
    guard slot >= 0, slot < reported.count, reported[slot] >= 0 else { return false }
    return reported[slot] >= delivered[slot] && (knownEnd ?? .min) <= reported[slot]
  }

  private mutating func reserve(_ slot: Int) {
    while reported.count <= slot {
      delivered.append(-1)
      reported.append(-1)
    }
  }
}
