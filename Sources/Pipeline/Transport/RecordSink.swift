package import TimeSeries

/// The daemon's own topics.
package enum OutputTopic: Int, Sendable, CaseIterable {
  case forecasts
  case anomalies
  case deadLetters
  case points
  /// Evidence of each retraining.
  case reports
}

/// An offset to commit, with what the group shall remember beside it.
package struct OffsetCommit: Sendable, Equatable {
  package var partition: PartitionID
  package var committed: CommittedOffset

  package init(partition: PartitionID, committed: CommittedOffset) {
    self.partition = partition
    self.committed = committed
  }
}

/// A header of a record.
package struct RecordHeader: Sendable, Equatable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The headers of a kind of record, built once and handed over by reference for each record.
package final class RecordHeaders: Sendable {
  package let headers: [RecordHeader]

  package init(_ headers: [RecordHeader]) { self.headers = headers }
}

/// Where a worker's records go, together with the offsets of what they were made from.
///
/// Sends since the last commit and the offsets become visible together, or not at all where the
/// sink is transactional. Owned by one thread.
package protocol RecordSink: AnyObject {
  /// Takes a copy of the bytes.
  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError)
  func commit(_ offsets: [OffsetCommit]) throws(TransportError)
  /// Takes back what was sent since the last commit.
  func abort() throws(TransportError)
}
