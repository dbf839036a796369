/// Tells which partitions have been read to their ends, from the delivered records and from the
/// ends that librdkafka reports.
///
/// A reported end is true only for a moment. librdkafka reports it once, and is then silent until
/// it has the next records, which the broker may have had for a while. A batch may also contain
/// records that came after the report. So a reported end counts only while no record beyond it was
/// delivered and no fetch has shown a later end.
package struct PartitionEnds {
  /// By slot: one past the last delivered record; -1 before the first.
  private var delivered: [Int64] = []
  /// By slot: the end that was reported last; -1 before the first.
  private var reported: [Int64] = []

  package init() {}

  /// - Parameter slot: the slot of the partition. A negative slot is ignored: this member does not
  ///   own the partition.
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

  /// One past the last offset that was delivered, or that holds nothing to deliver; -1 if unknown.
  package func readThrough(slot: Int) -> Int64 {
    guard slot >= 0, slot < reported.count else { return -1 }
    return max(delivered[slot], reported[slot])
  }

  /// Forgets the ends of a partition, because reading continues at another offset.
  package mutating func forget(slot: Int) {
    guard slot >= 0, slot < reported.count else { return }
    delivered[slot] = -1
    reported[slot] = -1
  }

  /// - Parameter knownEnd: one past the last record of the log, from the newest answer of the
  ///   broker. It includes records of open transactions, which are not delivered yet.
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
