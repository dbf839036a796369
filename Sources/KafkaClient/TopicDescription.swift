package struct TopicDescription: Sendable, Equatable {
  package let name: String
  package let partitionCount: Int
  /// The least of all partitions.
  package let replicationFactor: Int
  /// The least of all partitions.
  package let inSyncReplicaCount: Int
  /// Partitions that can't be read or written at the moment.
  package let leaderlessPartitionCount: Int
}

/// What a topic is made with.
package struct NewTopic: Sendable {
  package var name: String
  package var partitionCount: Int
  /// `nil` takes the broker's default.
  package var replicationFactor: Int?
  package var configuration: [String: String]

  package init(
    _ name: String, partitionCount: Int, replicationFactor: Int? = nil,
    configuration: [String: String] = [:]
  ) {
    self.name = name
    self.partitionCount = partitionCount
    self.replicationFactor = replicationFactor
    self.configuration = configuration
  }
}

package struct ClusterDescription: Sendable, Equatable {
  package let id: String
  package let brokerCount: Int
  /// Every topic this user may see, Kafka's internal ones excepted.
  package let topics: [String]
}

/// A topic's settings as they apply, defaults included.
package struct TopicConfiguration: Sendable, Equatable {
  package let values: [String: String]

  /// How long records are kept; `nil` for ever.
  package var retentionMilliseconds: Int64? { limit("retention.ms") }
  /// Bytes kept in a partition; `nil` for no limit.
  package var retentionBytes: Int64? { limit("retention.bytes") }
  package var isCompacted: Bool { policies.contains("compact") }
  package var isDeleted: Bool { policies.contains("delete") }
  /// Whether the broker sets the timestamps (`LogAppendTime`).
  package var stampsAppendTime: Bool { values["message.timestamp.type"] == "LogAppendTime" }
  package var messageBytesMaximum: Int? { values["max.message.bytes"].flatMap { Int($0) } }

  private func limit(_ name: String) -> Int64? {
    values[name].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
  }

  private var policies: [Substring] { (values["cleanup.policy"] ?? "").split(separator: ",") }
}
