package import TimeSeries

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

/// Whose clock set a record's time.
package enum RecordClock: Sendable {
  /// The producer's, or any time that the producer chose.
  case producer
  /// The broker's, when it appended the record.
  case broker
}

/// A message whose bytes are lent by the source until its next poll.
package struct InputMessage {
  /// The number that the worker gave the partition in `StartPosition`.
  package var slot: Int
  package var offset: Int64
  /// The record's own timestamp; `nil` where it has none.
  package var recordTime: Milliseconds?
  /// Whose clock set `recordTime`.
  package var recordClock: RecordClock
  package var key: UnsafeRawBufferPointer
  package var value: UnsafeRawBufferPointer

  package init(
    slot: Int, offset: Int64, recordTime: Milliseconds?, recordClock: RecordClock,
    key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
  ) {
    self.slot = slot
    self.offset = offset
    self.recordTime = recordTime
    self.recordClock = recordClock
    self.key = key
    self.value = value
  }
}

/// How much one poll may bring.
package struct BatchLimits: Sendable {
  package var messagesMaximum = 2048
  package var bytesMaximum = 4 << 20
  /// How long a poll waits for the first message.
  package var waitMilliseconds = 100

  package init() {}
}

package enum PollResult: Sendable, Equatable {
  /// The batch holds what came, perhaps nothing.
  case messages
  /// The group gave these partitions: answer with `start`.
  case assigned([PartitionID])
  /// The group takes these partitions back: commit, then answer with `release`.
  case revoked([PartitionID])
  /// The partitions belong to somebody else already: drop their state, then `release`.
  case lost([PartitionID])
  /// A finite source has delivered all it has.
  case ended
}

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

/// What a consumer group remembers of a partition.
package struct CommittedOffset: Sendable, Equatable {
  /// The next offset to process.
  package var offset: Int64
  package var metadata: String

  package init(offset: Int64, metadata: String) {
    self.offset = offset
    self.metadata = metadata
  }
}

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
