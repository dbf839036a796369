import KafkaClient
import KafkaTestBroker
import Testing

@Suite struct KafkaConfigurationTests {
  @Test("properties keep their order, and setting one again replaces it in place")
  func order() {
    var configuration = KafkaConfiguration(bootstrapServers: "a:1").setting("linger.ms", "5")
    configuration.groupID = "g"
    configuration["linger.ms"] = "7"
    #expect(configuration.properties.map(\.name) == ["bootstrap.servers", "linger.ms", "group.id"])
    #expect(configuration["linger.ms"] == "7")
    configuration.groupID = nil
    #expect(configuration.description == "bootstrap.servers=a:1 linger.ms=7")
  }

  @Test(
    "secrets are not shown",
    arguments: [
      "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
      "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config",
    ])
  func secrets(name: String) {
    let configuration = KafkaConfiguration(bootstrapServers: "a:1").setting(name, "hunter2")
    #expect(!configuration.description.contains("hunter2"))
    #expect(configuration.description.contains(name))
  }

  @Test("an unknown property is an error that names it")
  func unknownProperty() throws {
    let configuration = KafkaConfiguration(bootstrapServers: "a:1").setting("lingre.ms", "5")
    let error = try kafkaError { _ = try KafkaProducer(configuration, log: silent) }
    #expect(error.description.contains("\"lingre.ms\""))
    #expect(error.reason.contains("No such configuration property"))
    #expect(error.recovery == .exit)
  }

  @Test("an impossible value is an error with librdkafka's reason")
  func impossibleValue() throws {
    let configuration = KafkaConfiguration(bootstrapServers: "a:1").setting("linger.ms", "soon")
    let error = try kafkaError { _ = try KafkaProducer(configuration, log: silent) }
    #expect(error.operation == "set the property \"linger.ms\"")
    #expect(error.reason.contains("Invalid value"))
  }

  @Test("properties that contradict each other are an error")
  func contradiction() throws {
    let configuration = KafkaConfiguration(bootstrapServers: "a:1")
      .setting("transactional.id", "t").setting("enable.idempotence", "false")
    let error = try kafkaError { _ = try KafkaProducer(configuration, log: silent) }
    #expect(error.reason.contains("idempotence"))
    #expect(error.recovery == .exit)
  }

  @Test(
    "a consumer refuses automatic commits and cooperative assignment",
    arguments: [
      ("enable.auto.commit", "true"), ("partition.assignment.strategy", "cooperative-sticky"),
    ])
  func refused(name: String, value: String) throws {
    let configuration = KafkaConfiguration(bootstrapServers: "a:1").setting(name, value)
    let error = try kafkaError { _ = try KafkaConsumer(configuration, log: silent) }
    #expect(error.description.contains(name))
    #expect(error.recovery == .exit)
  }

  @Test("the library's version is the one its text says")
  func version() throws {
    let numbers = KafkaLibrary.versionText.split(whereSeparator: { !$0.isNumber })
      .compactMap { Int($0) }
    try #require(numbers.count >= 3)
    let expected = numbers[0] << 16 | numbers[1] << 8 | numbers[2]
    #expect(KafkaLibrary.version >> 8 == expected)
    #expect(KafkaLibrary.scramIsRefusedByKafka4 == (expected < 0x020601))
  }
}
