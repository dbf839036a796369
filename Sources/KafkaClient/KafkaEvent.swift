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

/// Events until the owner takes them. Those beyond the maximum are dropped, so that a client whose
/// events nobody takes stays small.
struct EventList {
  static let countMaximum = 256
  private var events: [KafkaEvent] = []

  var isEmpty: Bool { events.isEmpty }

  mutating func append(_ event: KafkaEvent) {
    if events.count < Self.countMaximum { events.append(event) }
  }

  mutating func take() -> [KafkaEvent] {
    defer { events.removeAll() }
    return events
  }
}
