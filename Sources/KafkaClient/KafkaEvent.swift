import CLibrdkafka

/// What a client has to say besides records; collected during calls and taken with `takeEvents`.
package enum KafkaEvent: Sendable, Equatable {
  /// The consumer has read everything up to `offset` (needs `enable.partition.eof=true`).
  case partitionEnd(TopicPartition, offset: Int64)
  /// No broker can be reached at the moment; the library keeps trying.
  case allBrokersDown(reason: String)
  /// A transient failure that the library handles by itself; for logs and counters.
  case error(KafkaError)
}

/// Events until somebody takes them, bounded so that a client nobody asks stays small.
struct EventList {
  static let limit = 256
  private var events: [KafkaEvent] = []
  private(set) var dropped = 0

  var isEmpty: Bool { events.isEmpty }

  mutating func append(_ event: KafkaEvent) {
    if events.count < Self.limit { events.append(event) } else { dropped += 1 }
  }

  mutating func take() -> [KafkaEvent] {
    defer { events.removeAll() }
    return events
  }
}
