/// A record's timestamp, and whose clock set it.
package struct KafkaTimestamp: Sendable, Equatable {
  /// A topic's setting `message.timestamp.type`, as each of its records carries it.
  package enum Kind: Sendable {
    /// `CreateTime`, Kafka's default: the producer's clock, or whatever time the producer chose.
    case createTime
    /// `LogAppendTime`: the broker's clock when it appended the record.
    case logAppendTime
  }

  /// Since 1970.
  package var milliseconds: Int64
  package var kind: Kind

  package init(milliseconds: Int64, kind: Kind) {
    self.milliseconds = milliseconds
    self.kind = kind
  }
}
