package import TimeSeries

/// What a log says when it is asked whether it has more.
package enum EndOfLog: Sendable, Equatable {
  case reached
  case notReached
  /// It cannot be reached; what its producers have may be waiting as well.
  case unknown
}

/// Where a worker's messages come from: Kafka, files, or memory in tests. Owned by one thread.
package protocol MessageSource: AnyObject {
  /// Identifies the log that offsets refer to.
  func clusterID() throws(TransportError) -> String
  func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult
  func start(_ positions: [StartPosition]) throws(TransportError)
  func release() throws(TransportError)
  /// `nil` where the group has committed nothing yet.
  func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset?
  /// Offsets that the log still has: the first one, and one past the last.
  func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64>
  /// The first offset whose record time is at or after `time`, if there is one.
  func offset(_ partition: PartitionID, at time: Milliseconds) throws(TransportError) -> Int64?
  /// One past the log's last record as far as is known without asking; `nil` where it is not.
  func knownEnd(_ partition: PartitionID) -> Int64?
  /// Whether everything that was in the partition has been delivered, as far as is known.
  func isAtEnd(_ partition: PartitionID) -> Bool
  /// The same, asked of the log itself; takes as long as its answer.
  func findEnd(_ partition: PartitionID) -> EndOfLog
  /// Stops or resumes the delivery of a started partition.
  func setPaused(_ partition: PartitionID, _ isPaused: Bool) throws(TransportError)
  /// Continues a started partition elsewhere (after an aborted transaction).
  func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError)
}
