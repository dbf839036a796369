import KafkaClient
import KafkaTestBroker
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(4)),
  .enabled(if: KafkaTestBroker.isControllable, "\(KafkaTestBroker.notControllableReason)"))
struct AccessProbeTests {
  @Test("a missing permission is found without writing anything; a write without it is final")
  func permissions() throws {
    let broker = try KafkaTestBroker.start(.v4, secure: true)
    let listener = try #require(broker.secureListener)
    let topic = try broker.createTopic("topic", configuration: ["max.message.bytes": "5000"])
    func user(group: String? = nil) -> KafkaConfiguration {
      var configuration = KafkaConfiguration(bootstrapServers: listener.bootstrapServers)
        .setting("security.protocol", "sasl_ssl").setting("ssl.ca.location", listener.authority)
        .setting("sasl.mechanism", "PLAIN").setting("sasl.username", "forecastd")
        .setting("sasl.password", listener.password)
      configuration.groupID = group
      return configuration
    }
    let probe = AccessProbe()
    let noGroup = try probe.reading(topic, user(group: "group"))
    #expect(noGroup?.name == "GROUP_AUTHORIZATION_FAILED")
    try broker.allow("forecastd", ["--operation", "Read", "--group", "group"])
    try broker.allow("forecastd", ["--operation", "Describe", "--topic", topic])
    let noRead = try probe.reading(topic, user(group: "group"))
    #expect(noRead?.name == "TOPIC_AUTHORIZATION_FAILED", "\(String(describing: noRead))")
    let noWrite = try probe.writing(topic, bytesMaximum: 5_000, user())
    #expect(noWrite?.name == "TOPIC_AUTHORIZATION_FAILED")
    #expect(noWrite?.recovery == .exit && noWrite?.description.contains("ACL") == true)

    // A transaction that meets it ends at once, and is not tried again.
    try broker.allow("forecastd", ["--operation", "All", "--transactional-id", "id"])
    var transactional = user()
    transactional.transactionalID = "id"
    let producer = try KafkaProducer(transactional, log: silent)
    try producer.initTransactions(timeout: .seconds(20))
    try producer.begin()
    let target = try producer.topic(topic)
    let denied = try kafkaError {
      try producer.send(target, "value")
      try producer.commit(timeout: .seconds(20))
    }
    #expect(denied.recovery == .exit && denied.isDenial, "\(denied)")
    producer.close(timeout: .seconds(2))

    try broker.allow("forecastd", ["--operation", "Read", "--topic", topic])
    try broker.allow("forecastd", ["--operation", "Write", "--topic", topic])
    #expect(try probe.reading(topic, user(group: "group")) == nil)
    #expect(try probe.writing(topic, bytesMaximum: 5_000, user()) == nil)
    #expect(try reader(broker.configuration, topic).readToEnd(1).isEmpty, "nothing was written")
  }
}
