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
