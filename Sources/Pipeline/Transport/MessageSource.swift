package import TimeSeries

/// The answer of a log to the question whether a partition has been read to its end.
package enum EndOfLog: Sendable, Equatable {
  case reached
  case notReached
  /// The log cannot be reached. Its producers may be holding points back for the same reason.
  case unknown
}

/// A source of messages for a worker or the router: Kafka, files, or memory in tests. One thread
/// owns it.
package protocol MessageSource: AnyObject {
  /// Identifies the log that offsets refer to.
  func clusterID() throws(TransportError) -> String
  /// Whether what is processed should be committed at once, whatever the commit interval.
  var wantsCommit: Bool { get }
  func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult
  func start(_ positions: [StartPosition]) throws(TransportError)
  func release() throws(TransportError)
  /// The group's committed offset; `nil` if it has committed nothing yet.
  func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset?
  /// The range of offsets that the log still has.
  func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64>
  /// The first offset whose record time is at or after `time`, if there is one.
  func offset(_ partition: PartitionID, at time: Milliseconds) throws(TransportError) -> Int64?
  /// The offset one past the log's last record; `nil` if the source does not know it without asking
  /// the log.
  func knownEnd(_ partition: PartitionID) -> Int64?
  /// Whether all records of the partition have been delivered, as far as the source knows without
  /// asking the log.
  func isAtEnd(_ partition: PartitionID) -> Bool
  /// Asks the log whether all records of the partition have been delivered, and waits for the
  /// answer.
  func findEnd(_ partition: PartitionID) -> EndOfLog
  /// Stops or resumes the delivery of a started partition.
  func setPaused(_ partition: PartitionID, _ isPaused: Bool) throws(TransportError)
  /// Continues a started partition at another offset, after an aborted transaction.
  func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError)
}

extension MessageSource {
  package var wantsCommit: Bool { false }
}
