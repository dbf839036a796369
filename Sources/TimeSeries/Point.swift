/// Milliseconds since 1970-01-01T00:00:00Z, the unit of every time in the data path.
package typealias Milliseconds = Int64

/// What the number of a point means, as far as its format says so.
package enum ValueKind: UInt8, Sendable, BitwiseCopyable {
  /// A reading that stands for itself.
  case gauge
  /// A running total: only its rate of change means something, and a decrease is a reset.
  case counter
}

/// One reading of one series as it came out of a message; its key's bytes are in the batch.
package struct Point: Sendable, BitwiseCopyable {
  /// Where the canonical series key starts in `PointBatch.keyBytes`.
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

/// A message, or a part of one, that could not be used.
package struct Drop: Sendable, BitwiseCopyable, Equatable {
  /// Index of the message within the batch.
  package var message: UInt32
  package var reason: DropReason

  package init(message: UInt32, reason: DropReason) {
    self.message = message
    self.reason = reason
  }
}

/// The points of a batch of messages, in the order of the messages; its buffers are reused.
package struct PointBatch: Sendable {
  package var keyBytes: [UInt8] = []
  package var points: [Point] = []
  package var drops: [Drop] = []
  /// Readings whose value was null: known to be missing, so neither a point nor a drop.
  package var missingValueCount = 0

  package init() {}

  package mutating func removeAll() {
    keyBytes.removeAll(keepingCapacity: true)
    points.removeAll(keepingCapacity: true)
    drops.removeAll(keepingCapacity: true)
    missingValueCount = 0
  }
}
