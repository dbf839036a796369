/// Which partitions have been read to their ends, from what was delivered and what librdkafka
/// reports.
///
/// A reported end is true for a moment only: the library reports it once and then stays silent
/// until it has the next records, though the broker may have had them for a while. A batch may also
/// hold records that came after the report. So a reported end counts only while nothing beyond its
/// offset was delivered, and no fetch has told of a later end.
package struct PartitionEnds {
  /// By slot: one past the last record delivered, and the end reported last, -1 before the first.
  private var delivered: [Int64] = []
  private var reported: [Int64] = []

  package init() {}

  /// - Parameter slot: of the partition; ignored if negative, which means that it is not ours.
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

  /// Forgets what is known of a partition, because reading goes on at another offset.
  package mutating func forget(slot: Int) {
    guard slot >= 0, slot < reported.count else { return }
    delivered[slot] = -1
    reported[slot] = -1
  }

  /// - Parameter knownEnd: one past the log's last record as the newest answer of the broker had
  ///   it; includes records of transactions that are open, which are yet to come.
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
