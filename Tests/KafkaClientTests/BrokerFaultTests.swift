import Dispatch
import KafkaClient
import KafkaTestBroker
import Testing

/// Brokers that die and brokers that refuse; each test has one of its own.
@Suite(
  .serialized, .timeLimit(.minutes(4)),
  .enabled(if: KafkaTestBroker.isControllable, "\(KafkaTestBroker.notControllableReason)"))
struct BrokerFaultTests {
  @Test("a broker killed in the middle of transactions costs no record and doubles none")
  func restart() throws {
    let broker = try KafkaTestBroker.start()
    let output = try broker.createTopic("output")
    let source = CountingSource(broker, output: output)
    let end = deadline(120)
    var restarted = false
    while source.next < 2000 {
      guard ContinuousClock.now < end else {
        throw TestTimeout(description: "\(source.next) done; \(source.recoveries)")
      }
      try source.step()
      if source.next >= 600, !restarted {
        restarted = true
        try source.stepUntilOpen()
        try broker.kill()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(500)) {
          do { try broker.restart() } catch { Issue.record("no restart: \(error)") }
        }
      }
    }
    let values = try reader(broker.configuration, output).readToEnd(1).compactMap(\.value)
    #expect(values == (0..<2000).map(String.init), "recoveries: \(source.recoveries)")
    #expect(!source.recoveries.isEmpty, "the kill was noticed")
  }

  @Test("permissions and passwords: the errors say what to do")
  func refused() throws {
    let broker = try KafkaTestBroker.start(.v4, secure: true)
    let listener = try #require(broker.secureListener)
    func configuration(_ mechanism: String, password: String) -> KafkaConfiguration {
      KafkaConfiguration(bootstrapServers: listener.bootstrapServers)
        .setting("security.protocol", "sasl_ssl").setting("ssl.ca.location", listener.authority)
        .setting("sasl.mechanism", mechanism).setting("sasl.username", "forecastd")
        .setting("sasl.password", password)
    }
    let admin = try KafkaAdmin(
      configuration("PLAIN", password: listener.password), timeout: .seconds(10), log: silent)
    let unauthorized = try kafkaError {
      try admin.create(NewTopic("not-allowed", partitionCount: 1))
    }
    #expect(unauthorized.name.hasSuffix("AUTHORIZATION_FAILED"), "\(unauthorized)")
    #expect(unauthorized.recovery == .exit)
    #expect(unauthorized.description.contains("ACL"))

    let wrong = try authenticationError(configuration("PLAIN", password: "wrong-password"))
    #expect(wrong.recovery == .exit)
    #expect(!wrong.description.contains("wrong-password"))
    guard KafkaLibrary.scramIsRefusedByKafka4 else { return }
    let scram = try authenticationError(
      configuration("SCRAM-SHA-256", password: listener.password))
    #expect(scram.description.contains("refuses SCRAM"), "\(scram)")
  }

  private func authenticationError(_ configuration: KafkaConfiguration) throws -> KafkaError {
    let consumer = try KafkaConsumer(configuration.setting("group.id", "g"), log: silent)
    try consumer.subscribe(["t"])
    let end = deadline()
    var found: KafkaError?
    while found == nil, ContinuousClock.now < end { found = try nextAuthenticationError(consumer) }
    return try #require(found)
  }

  private func nextAuthenticationError(_ consumer: KafkaConsumer) throws -> KafkaError? {
    var batch = MessageBatch()
    _ = try consumer.pollBatch(
      into: &batch, maxMessages: 1, maxBytes: 1000, deadline: .now + .milliseconds(100))
    return consumer.takeEvents().lazy.compactMap { event in
      if case .error(let error) = event, error.name == "_AUTHENTICATION" { error } else { nil }
    }.first
  }
}

/// Writes 0, 1, 2, … in transactions of 100, keeping its place in the group's offsets, and does
/// what the errors' recoveries say.
final class CountingSource {
  private let broker: KafkaTestBroker
  private let output: String
  private let place: TopicPartition
  private let group = KafkaTestBroker.uniqueName("group")
  private var client: (producer: KafkaProducer, topic: ProducerTopic, consumer: KafkaConsumer)?
  private var isOpen = false
  private(set) var next = 0
  private(set) var recoveries: [String] = []

  init(_ broker: KafkaTestBroker, output: String) {
    self.broker = broker
    self.output = output
    place = TopicPartition(output, 0)
  }

  func step() throws {
    do {
      try fill()
      try commit()
    } catch let error as KafkaError {
      try recover(error)
    }
  }

  /// Leaves a transaction with records open.
  func stepUntilOpen() throws { try fill() }

  private func fill() throws {
    let client = try self.client ?? connect()
    if isOpen { return }
    try client.producer.begin()
    isOpen = true
    for value in next..<(next + 100) { try client.producer.send(client.topic, "\(value)") }
  }

  private func commit() throws {
    guard let client else { return }
    try client.producer.sendOffsets(
      [PartitionOffset(place, .at(Int64(next + 100)))], group: client.consumer.groupMetadata(),
      timeout: .seconds(2))
    while try !isCommitted(client.producer) {}
    isOpen = false
    next += 100
  }

  private func isCommitted(_ producer: KafkaProducer) throws -> Bool {
    do {
      try producer.commit(timeout: .seconds(2))
      return true
    } catch {
      guard error.recovery == .retry else { throw error }
      recoveries.append("retry")
      return false
    }
  }

  private func connect() throws -> (KafkaProducer, ProducerTopic, KafkaConsumer) {
    var settings = broker.configuration
    settings.groupID = group
    let consumer = try KafkaConsumer(settings, log: silent)
    settings = broker.configuration
    settings.transactionalID = group
    let producer = try KafkaProducer(settings, log: silent)
    try producer.initTransactions(timeout: .seconds(30))
    let new = (producer, try producer.topic(output), consumer)
    client = new
    let committed = try consumer.committed([place], timeout: .seconds(10))
    next = committed.first?.offset.value.map { Int($0) } ?? 0
    return new
  }

  private func recover(_ error: KafkaError) throws {
    recoveries.append("\(error.recovery.rawValue) (\(error.name))")
    switch error.recovery {
    case .retry: break
    case .abortTransaction:
      guard let client else { return }
      do {
        try client.producer.abort(timeout: .seconds(20))
        isOpen = false
      } catch {
        guard error.recovery == .recreateClient else { throw error }
        reset()
      }
    case .recreateClient: reset()
    case .skipRecord, .exit: throw error
    }
  }

  private func reset() {
    client?.producer.close(timeout: .seconds(2))
    client = nil
    isOpen = false
  }
}
