/// A change of the partitions a group member has, which the member must answer.
package enum KafkaRebalance: Sendable, Equatable {
  /// Answer with ``KafkaConsumer/assign(_:)``, with the offsets to start at.
  case assigned([TopicPartition])
  /// Everything the member had (eager assignment); it may still commit. Answer with
  /// ``KafkaConsumer/unassign()``.
  case revoked([TopicPartition])
  /// As `revoked`, but others may have the partitions already: a commit would be refused, so what
  /// is not committed must be thrown away. Answer with ``KafkaConsumer/unassign()``.
  case lost([TopicPartition])
}
