package import TimeSeries

/// The clock that set the timestamp of a record.
package enum RecordClock: Sendable {
  /// The producer set the time: from its clock, or any other time that it chose.
  case producer
  /// The broker set the time when it appended the record.
  case broker
}

/// A message of an input. Its bytes belong to the source and are valid until the next poll.
package struct InputMessage {
  /// The number that the worker gave the partition in `StartPosition`.
  package var slot: Int
  package var offset: Int64
  /// The timestamp of the record; `nil` if it has none.
  package var recordTime: Milliseconds?
  /// The clock that set `recordTime`.
  package var recordClock: RecordClock
  package var key: UnsafeRawBufferPointer
  package var value: UnsafeRawBufferPointer
  /// Whether the message has brought its thread down: it is not to be looked at, but made a dead letter.
  package var isQuarantined = false

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
