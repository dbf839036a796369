import KafkaClient
import KafkaTestBroker
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(3)),
  .enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)"))
struct AdminTests {
  @Test("topics are made and described", arguments: KafkaTestBroker.versions)
  func topics(version: KafkaTestBroker.Version) throws {
    let admin = try KafkaAdmin(KafkaTestBroker.shared(version).configuration, log: silent)
    let name = KafkaTestBroker.uniqueName("admin")
    let topic = NewTopic(
      name, partitionCount: 3,
      configuration: [
        "cleanup.policy": "compact,delete", "retention.ms": "-1", "max.message.bytes": "123456",
        "message.timestamp.type": "LogAppendTime",
      ])
    #expect(try admin.describe(topic: name) == nil)
    #expect(try admin.create(topic))
    #expect(try !admin.create(topic), "that it exists is no error")
    let description = try #require(try described(admin, name))
    #expect(description.partitionCount == 3)
    #expect(description.replicationFactor >= 1)
    #expect(description.leaderlessPartitionCount == 0)
    let configuration = try admin.configuration(ofTopic: name)
    #expect(configuration.retentionMilliseconds == nil)
    #expect(configuration.isCompacted && configuration.isDeleted)
    #expect(configuration.stampsAppendTime)
    #expect(configuration.values["max.message.bytes"] == "123456")
    let other = KafkaTestBroker.uniqueName("missing")
    let missing = try kafkaError { _ = try admin.configuration(ofTopic: other) }
    #expect(missing.description.contains(other))
  }

  /// A new topic reaches the broker's metadata a moment after its creation is confirmed.
  private func described(_ admin: KafkaAdmin, _ name: String) throws -> TopicDescription? {
    let end = deadline()
    while ContinuousClock.now < end {
      if let found = try admin.describe(topic: name), found.leaderlessPartitionCount == 0 {
        return found
      }
    }
    return nil
  }

  @Test("the administrator and a consumer tell the same cluster id")
  func clusterID() throws {
    let configuration = try KafkaTestBroker.shared().configuration
    let cluster = try KafkaAdmin(configuration, log: silent).describeCluster()
    #expect(!cluster.id.isEmpty)
    #expect(cluster.brokerCount >= 1)
    let consumer = try KafkaConsumer(configuration.setting("group.id", "g"), log: silent)
    #expect(try consumer.clusterID(timeout: .seconds(10)) == cluster.id)
  }

  @Test("an impossible topic is refused with the broker's reason")
  func impossible() throws {
    let admin = try KafkaAdmin(KafkaTestBroker.shared().configuration, log: silent)
    let settings = ["retention.ms": "soon"]
    let error = try kafkaError {
      try admin.create(
        NewTopic(
          KafkaTestBroker.uniqueName("bad"), partitionCount: 1, configuration: settings))
    }
    #expect(error.name == "INVALID_CONFIG")
    #expect(error.reason.contains("retention.ms"))
    #expect(error.recovery == .exit)
  }

  @Test("a broker that is not there: the error says why, in time")
  func noBroker() throws {
    let admin = try KafkaAdmin(
      KafkaConfiguration(bootstrapServers: "127.0.0.1:1"), timeout: .seconds(2), log: silent)
    let error = try kafkaError { _ = try admin.describeCluster() }
    #expect(error.recovery == .retry)
    #expect(error.reason.contains("Connection refused"), "\(error)")
  }
}
