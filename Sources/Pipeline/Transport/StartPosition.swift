/// Where to begin in a partition, and the number its messages shall carry.
package struct StartPosition: Sendable {
  package var partition: PartitionID
  package var slot: Int
  package var offset: StartOffset

  package init(partition: PartitionID, slot: Int, offset: StartOffset) {
    self.partition = partition
    self.slot = slot
    self.offset = offset
  }
}

package enum StartOffset: Sendable, Equatable {
  case at(Int64)
  case earliest
  case latest
}
