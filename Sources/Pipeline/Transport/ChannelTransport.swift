package import TimeSeries

/// The source of a router. It also tells how far its partitions, the router's channels, have been
/// read.
package protocol ChannelSource: MessageSource {
  /// Asks the log for the ends of the partitions, in one request for all: one past the last record of
  /// each, in the order of the partitions.
  ///
  /// - Returns: `nil` for each partition whose leader cannot be reached.
  func findEnds(_ partitions: [PartitionID]) -> [Int64?]
  /// All offsets of the partition before this one have been delivered, or hold nothing to deliver.
  func readThrough(_ partition: PartitionID) -> Int64
  /// The number of partitions of a topic, of which this router may read a part.
  func partitionCount(ofTopic topic: String) throws(TransportError) -> Int
}

/// The sink of a router.
package protocol ChannelSink: RecordSink {
  /// Whether the points topic has, or had, records; false if that cannot be found out.
  func pointsTopicHasRecords() -> Bool
  /// Sends points of a series into the partition of its group, which `placement` names.
  func sendPoints(
    key: UnsafeRawBufferPointer, placement: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer, headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError)
  /// Sends a record without a value to every partition of the points topic.
  func sendToAllPointsPartitions(
    key: UnsafeRawBufferPointer, timestamp: Milliseconds
  ) throws(TransportError)
}
