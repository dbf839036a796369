import KafkaClient
import KafkaTestBroker
import Testing

/// What only a real broker can show about transactions.
@Suite(
  .serialized, .timeLimit(.minutes(3)),
  .enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)"))
struct TransactionTests {
  private func producer(_ broker: KafkaTestBroker, id: String) throws -> KafkaProducer {
    var configuration = broker.configuration
    configuration.transactionalID = id
    let producer = try KafkaProducer(configuration, log: silent)
    try producer.initTransactions(timeout: .seconds(30))
    return producer
  }

  private func groupConsumer(_ broker: KafkaTestBroker, _ group: String) throws -> KafkaConsumer {
    var configuration = broker.configuration
    configuration.groupID = group
    return try KafkaConsumer(configuration, log: silent)
  }

  @Test(
    "committed records and offsets are seen, aborted ones are not",
    arguments: KafkaTestBroker.versions)
  func commitAndAbort(version: KafkaTestBroker.Version) throws {
    let broker = try KafkaTestBroker.shared(version)
    let input = try broker.createTopic("input")
    let output = try broker.createTopic("output")
    let group = KafkaTestBroker.uniqueName("group")
    let consumer = try groupConsumer(broker, group)
    let producer = try producer(broker, id: KafkaTestBroker.uniqueName("id"))
    let topic = try producer.topic(output)
    let partition = TopicPartition(input, 0)

    func transaction(_ value: String, _ offset: Int64, _ metadata: String) throws {
      try producer.begin()
      try producer.send(topic, value)
      try producer.sendOffsets(
        [PartitionOffset(partition, .at(offset), metadata: metadata)],
        group: consumer.groupMetadata(), timeout: .seconds(10))
    }
    try transaction("first", 10, "ticks=1,2;model=é")
    try producer.commit(timeout: .seconds(10))
    try transaction("aborted", 20, "never")
    try producer.flush(timeout: .seconds(10))
    try producer.abort(timeout: .seconds(10))
    let afterAbort = try consumer.committed([partition], timeout: .seconds(10))
    #expect(afterAbort == [PartitionOffset(partition, 10, metadata: "ticks=1,2;model=é")])
    try transaction("second", 30, "")
    #expect(
      try reader(broker.configuration, output).readToEnd(1).map(\.value) == ["first"],
      "an open transaction is not seen")
    try producer.commit(timeout: .seconds(10))

    let committed = try reader(broker.configuration, output).readToEnd(1)
    #expect(committed.map(\.value) == ["first", "second"])
    let all = try reader(broker.configuration, output, isolation: "read_uncommitted").readToEnd(1)
    #expect(all.map(\.value) == ["first", "aborted", "second"])
    #expect(
      try consumer.committed([partition], timeout: .seconds(10))
        == [PartitionOffset(partition, 30)])
  }

  @Test(
    "a second producer of the same id fences the first one, whose next commit is fatal",
    arguments: KafkaTestBroker.versions)
  func fencing(version: KafkaTestBroker.Version) throws {
    let broker = try KafkaTestBroker.shared(version)
    let output = try broker.createTopic("output")
    let id = KafkaTestBroker.uniqueName("id")
    let first = try producer(broker, id: id)
    try first.begin()
    try first.send(first.topic(output), "zombie")
    let second = try producer(broker, id: id)
    let error = try kafkaError { try first.commit(timeout: .seconds(10)) }
    #expect(error.recovery == .recreateClient)
    #expect(error.name == "_FENCED" || error.name == "PRODUCER_FENCED", "\(error)")
    let again = try kafkaError { try first.begin() }
    #expect(again.recovery == .recreateClient)
    try second.begin()
    try second.send(second.topic(output), "owner")
    try second.commit(timeout: .seconds(10))
    #expect(try reader(broker.configuration, output).readToEnd(1).map(\.value) == ["owner"])
  }

  @Test("a record from the future fails the commit with its reason, and after an abort all is well")
  func future() throws {
    let broker = try KafkaTestBroker.shared()
    let output = try broker.createTopic(
      "output", configuration: ["message.timestamp.after.max.ms": "3600000"])
    let producer = try producer(broker, id: KafkaTestBroker.uniqueName("id"))
    let topic = try producer.topic(output)
    try producer.begin()
    try producer.send(topic, "from 2100", timestamp: 4_102_444_800_000)
    let error = try kafkaError { try producer.commit(timeout: .seconds(10)) }
    #expect(error.recovery == .abortTransaction)
    #expect(error.reason.contains("INVALID_TIMESTAMP"), "\(error)")
    try producer.abort(timeout: .seconds(10))
    var attempts = 1
    while try !isCommitted(producer, topic, "now"), attempts < 3 { attempts += 1 }
    #expect(try reader(broker.configuration, output).readToEnd(1).map(\.value) == ["now"])
  }

  /// librdkafka 2.0.2 fails the transaction after a refused record once more, with
  /// OUT_OF_ORDER_SEQUENCE_NUMBER; following the recovery again is enough.
  private func isCommitted(
    _ producer: KafkaProducer, _ topic: ProducerTopic, _ value: String
  ) throws -> Bool {
    try producer.begin()
    try producer.send(topic, value)
    do {
      try producer.commit(timeout: .seconds(10))
      return true
    } catch {
      guard error.recovery == .abortTransaction else { throw error }
      try producer.abort(timeout: .seconds(10))
      return false
    }
  }

  @Test("without transactions refused records come out of the next flush, once, with their number")
  func futureAtLeastOnce() throws {
    let broker = try KafkaTestBroker.shared()
    let output = try broker.createTopic(
      "output", configuration: ["message.timestamp.after.max.ms": "3600000"])
    let producer = try KafkaProducer(
      broker.configuration.setting("linger.ms", "1000"), log: silent)
    let topic = try producer.topic(output)
    try producer.send(topic, "now")
    try producer.flush(timeout: .seconds(10))
    for _ in 0..<3 { try producer.send(topic, "from 2100", timestamp: 4_102_444_800_000) }
    let error = try kafkaError { try producer.flush(timeout: .seconds(10)) }
    #expect(error.name == "INVALID_TIMESTAMP")
    #expect(error.operation.contains("\(output)[0]"))
    #expect(error.reason.contains("2 more"))
    try producer.flush(timeout: .seconds(10))
  }

  @Test("producing outside a transaction is an error at once")
  func outsideTransaction() throws {
    let broker = try KafkaTestBroker.shared()
    let output = try broker.createTopic("output")
    let producer = try producer(broker, id: KafkaTestBroker.uniqueName("id"))
    let error = try kafkaError { try producer.send(producer.topic(output), "v") }
    #expect(error.recovery == .abortTransaction)
  }

  @Test("a topic that does not exist is named by the error")
  func unknownTopic() throws {
    let broker = try KafkaTestBroker.shared()
    let name = KafkaTestBroker.uniqueName("missing")
    let configuration = broker.configuration
      .setting("topic.metadata.propagation.max.ms", "500")
    let producer = try KafkaProducer(configuration, log: silent)
    try producer.send(producer.topic(name), "v")
    let error = try kafkaError { try producer.flush(timeout: .seconds(20)) }
    #expect(error.description.contains(name))
    #expect(error.description.contains("create the topic"))
  }
}
