/// Milliseconds since 1970-01-01T00:00:00Z, the unit of every time in the data path.
package typealias Milliseconds = Int64

/// The meaning of the value of a point, as far as the format gives it.
package enum ValueKind: UInt8, Sendable, BitwiseCopyable {
  /// A value that stands for itself.
  case gauge
  /// A running total: only its rate of change has a meaning, and a decrease is a reset or a wrap.
  case counter
}

/// One value of one series at one event time, decoded from a message. The bytes of its series key
/// are in the batch.
package struct Point: Sendable, BitwiseCopyable {
  /// Start of the canonical series key in `PointBatch.keyBytes`.
  package var keyStart: UInt32
  package var keyLength: UInt32
  /// Index of the message within the batch that was decoded.
  package var message: UInt32
  package var kind: ValueKind
  /// Event time.
  package var time: Milliseconds
  /// Always finite.
  package var value: Double

  package init(
    keyStart: UInt32, keyLength: UInt32, message: UInt32, kind: ValueKind, time: Milliseconds,
    value: Double
  ) {
    self.keyStart = keyStart
    self.keyLength = keyLength
    self.message = message
    self.kind = kind
    self.time = time
    self.value = value
  }
}

/// A message that could not be used, wholly or in part.
package struct Drop: Sendable, BitwiseCopyable, Equatable {
  /// Index of the message within the batch.
  package var message: UInt32
  package var reason: DropReason

  package init(message: UInt32, reason: DropReason) {
    self.message = message
    self.reason = reason
  }
}

/// The points of a batch of messages, in the order of the messages. The buffers are reused.
package struct PointBatch: Sendable {
  package var keyBytes: [UInt8] = []
  package var points: [Point] = []
  package var drops: [Drop] = []
  /// Values that were null: they are known to be missing, so they are neither points nor drops.
  package var missingValueCount = 0

  package init() {}

  package mutating func removeAll() {
    keyBytes.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    drops.removeAll(keepingCapacity: true)
    missingValueCount = 0
  }
}
