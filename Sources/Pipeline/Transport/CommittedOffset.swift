/// The committed offset of a consumer group in one partition, with its metadata.
package struct CommittedOffset: Sendable, Equatable {
  /// The next offset to process.
  package var offset: Int64
  package var metadata: String

  package init(offset: Int64, metadata: String) {
    self.offset = offset
    self.metadata = metadata
  }
}

/// A partition, with the offset and the metadata to commit for it.
package struct OffsetCommit: Sendable, Equatable {
  package var partition: PartitionID
  package var committed: CommittedOffset

  package init(partition: PartitionID, committed: CommittedOffset) {
    self.partition = partition
    self.committed = committed
  }
}
