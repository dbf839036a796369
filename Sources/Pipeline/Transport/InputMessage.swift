package import TimeSeries

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
