/// One partition of one input topic; a replayed file is a partition of its own.
package struct PartitionID: Sendable, Hashable, CustomStringConvertible {
  package var topic: String
  package var partition: Int32

  package init(topic: String, partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  package var description: String { "\(topic)[\(partition)]" }
}
