/// The offset at which reading starts in a partition, and the slot number that its messages carry.
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
