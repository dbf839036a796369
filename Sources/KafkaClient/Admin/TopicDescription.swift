package struct TopicDescription: Sendable, Equatable {
  package let name: String
  package let partitionCount: Int
  /// The least of all partitions.
  package let replicationFactor: Int
  /// Partitions that can't be read or written at the moment.
  package let leaderlessPartitionCount: Int
}

package struct ClusterDescription: Sendable, Equatable {
  package let id: String
  package let brokerCount: Int
}
