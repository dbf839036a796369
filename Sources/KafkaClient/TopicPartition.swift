import CLibrdkafka

package struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
  package var topic: String
  package var partition: Int32

  package init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  package var description: String { "\(topic)[\(partition)]" }
}

extension TopicPartition: Comparable {
  package static func < (left: Self, right: Self) -> Bool {
    (left.topic, left.partition) < (right.topic, right.partition)
  }
}

/// A place in a partition: where to start, where a consumer is, or what a group committed.
package struct PartitionOffset: Hashable, Sendable {
  package var partition: TopicPartition
  /// Offset of the next record to be read.
  package var offset: KafkaOffset
  /// Text that is stored with a committed offset; at most 4096 bytes on a broker with defaults.
  package var metadata: String

  package init(_ partition: TopicPartition, _ offset: KafkaOffset, metadata: String = "") {
    self.partition = partition
    self.offset = offset
    self.metadata = metadata
  }

  package init(_ topic: String, _ partition: Int32, _ offset: KafkaOffset, metadata: String = "") {
    self.init(TopicPartition(topic, partition), offset, metadata: metadata)
  }
}

package enum KafkaOffset: Hashable, Sendable, ExpressibleByIntegerLiteral {
  case at(Int64)
  case beginning
  case end
  /// What the group has committed; `auto.offset.reset` where there is nothing.
  case stored
  /// No offset: nothing committed, nothing read yet, or no record at or after the asked time.
  case none

  package init(integerLiteral value: Int64) { self = .at(value) }

  /// The number, where there is one.
  package var value: Int64? {
    if case .at(let value) = self { value } else { nil }
  }

  init(raw: Int64) {
    switch raw {
    case Int64(RD_KAFKA_OFFSET_BEGINNING): self = .beginning
    case Int64(RD_KAFKA_OFFSET_END): self = .end
    case Int64(RD_KAFKA_OFFSET_STORED): self = .stored
    case 0...: self = .at(raw)
    default: self = .none
    }
  }

  var raw: Int64 {
    switch self {
    case .at(let value): value
    case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
    case .end: Int64(RD_KAFKA_OFFSET_END)
    case .stored: Int64(RD_KAFKA_OFFSET_STORED)
    case .none: Int64(RD_KAFKA_OFFSET_INVALID)
    }
  }
}
