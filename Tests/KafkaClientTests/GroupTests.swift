import KafkaClient
import KafkaTestBroker
import Testing

/// Consumer groups on a real broker.
@Suite(
  .serialized, .timeLimit(.minutes(3)),
  .enabled(if: KafkaTestBroker.isAvailable, "\(KafkaTestBroker.unavailableReason)"))
struct GroupTests {
  private func fill(_ broker: KafkaTestBroker, _ topic: String, _ count: Int, partitions: Int)
    throws
  {
    let producer = try KafkaProducer(broker.configuration, log: silent)
    let handle = try producer.topic(topic)
    for index in 0..<count {
      try producer.send(
        handle, "\(index)", partition: .explicit(Int32(index % partitions)),
        timestamp: 1_700_000_000_000 + Int64(index) * 1000)
    }
    try producer.flush(timeout: .seconds(30))
  }

  private func member(
    _ broker: KafkaTestBroker, _ group: String, instance: String? = nil
  ) throws -> KafkaConsumer {
    var configuration = broker.configuration
    configuration.groupID = group
    configuration.groupInstanceID = instance
    configuration["session.timeout.ms"] = "10000"
    configuration["heartbeat.interval.ms"] = "200"
    return try KafkaConsumer(configuration, log: silent)
  }

  @Test("the first record is the one at the offset given with the assignment")
  func explicitStart() throws {
    let broker = try KafkaTestBroker.shared()
    let topic = try broker.createTopic("input", configuration: ["retention.ms": "-1"])
    try fill(broker, topic, 100, partitions: 1)
    let consumer = try member(broker, KafkaTestBroker.uniqueName("group"))
    try consumer.subscribe([topic])
    #expect(try consumer.read(1, start: 42).map(\.offset) == [42])
    let found = try consumer.offsets(
      [TopicPartition(topic, 0)], atTimestampMilliseconds: 1_700_000_010_500,
      timeout: .seconds(10))
    #expect(found == [PartitionOffset(topic, 0, 11)])
    let beyond = try consumer.offsets(
      [TopicPartition(topic, 0)], atTimestampMilliseconds: 1_800_000_000_000,
      timeout: .seconds(10))
    #expect(beyond == [PartitionOffset(topic, 0, .end)])
    #expect(try consumer.watermarks(TopicPartition(topic, 0), timeout: .seconds(10)) == (0, 100))
    #expect(try consumer.close(timeout: .seconds(10)))
  }

  @Test("topic indices follow the subscription")
  func topicIndices() throws {
    let broker = try KafkaTestBroker.shared()
    let names = try (0..<3).map { _ in try broker.createTopic("input") }
    for name in names { try fill(broker, name, 10, partitions: 1) }
    let consumer = try member(broker, KafkaTestBroker.uniqueName("group"))
    try consumer.subscribe(names)
    let records = try consumer.read(30)
    #expect(consumer.topics == names)
    for name in names { #expect(records.count { $0.topic == name } == 10) }
  }

  @Test("commits outlive the member, with their metadata")
  func commits() throws {
    let broker = try KafkaTestBroker.shared()
    let topic = try broker.createTopic("input")
    let group = KafkaTestBroker.uniqueName("group")
    try fill(broker, topic, 10, partitions: 1)
    do {
      let first = try member(broker, group)
      try first.subscribe([topic])
      _ = try first.read(4)
      try first.commitSync(
        [PartitionOffset(topic, 0, 4, metadata: "m")], timeout: .seconds(10))
      #expect(try first.close(timeout: .seconds(10)))
    }
    let second = try member(broker, group)
    try second.subscribe([topic])
    #expect(try second.read(1, start: .stored).map(\.offset) == [4])
    #expect(
      try second.committed([TopicPartition(topic, 0)], timeout: .seconds(10))
        == [PartitionOffset(topic, 0, 4, metadata: "m")])
  }

  @Test("a static member that comes back gets its partitions, and the others notice nothing")
  func staticMembership() throws {
    let broker = try KafkaTestBroker.shared()
    let topic = try broker.createTopic("input", partitionCount: 4)
    let group = KafkaTestBroker.uniqueName("group")
    let stays = try GroupWatch(member(broker, group, instance: "a"), topic)
    let leaves = try GroupWatch(member(broker, group, instance: "b"), topic)
    try poll([stays, leaves]) { stays.owned.count == 2 && leaves.owned.count == 2 }
    let rebalances = stays.rebalanceCount
    try leaves.consumer.close(timeout: .seconds(10))
    let back = try GroupWatch(member(broker, group, instance: "b"), topic)
    try poll([stays, back]) { back.owned.count == 2 }
    #expect(back.owned == leaves.owned)
    #expect(stays.rebalanceCount == rebalances)
  }

  @Test("two members with one group.instance.id: the first one is told to exit")
  func instanceFenced() throws {
    let broker = try KafkaTestBroker.shared()
    let topic = try broker.createTopic("input")
    let group = KafkaTestBroker.uniqueName("group")
    let first = try GroupWatch(member(broker, group, instance: "a"), topic)
    try poll([first]) { first.owned.count == 1 }
    let second = try GroupWatch(member(broker, group, instance: "a"), topic)
    try poll([second]) { second.owned.count == 1 }
    let error = try kafkaError { try poll([first]) { false } }
    #expect(error.recovery == .exit, "\(error)")
    #expect(error.description.contains("group.instance.id"))
  }

  @Test("a topic that does not exist is an event that names it")
  func unknownTopic() throws {
    let broker = try KafkaTestBroker.shared()
    let name = KafkaTestBroker.uniqueName("missing")
    let consumer = try member(broker, KafkaTestBroker.uniqueName("group"))
    try consumer.subscribe([name])
    var batch = MessageBatch()
    var found: KafkaError?
    let end = deadline()
    while found == nil, ContinuousClock.now < end {
      let outcome = try consumer.pollBatch(
        into: &batch, maxMessages: 1, maxBytes: 1000, deadline: .now + .milliseconds(100))
      if case .rebalance(let rebalance) = outcome {
        try consumer.answer(rebalance, start: .stored)
      }
      for case .error(let error) in consumer.takeEvents() { found = error }
    }
    let error = try #require(found)
    #expect(error.description.contains(name) && error.description.contains("create the topic"))
  }

  @Test(
    "20000 records through members that come and go arrive exactly once",
    arguments: KafkaTestBroker.versions)
  func exactlyOnceAcrossRebalances(version: KafkaTestBroker.Version) throws {
    let broker = try KafkaTestBroker.shared(version)
    let count = 20_000
    let input = try broker.createTopic(
      "input", partitionCount: 4, configuration: ["retention.ms": "-1"])
    let output = try broker.createTopic("output")
    try fill(broker, input, count, partitions: 4)
    let group = KafkaTestBroker.uniqueName("group")
    func worker(_ name: String) throws -> CopyWorker {
      try CopyWorker(broker, input: input, output: output, group: group, id: "\(group)-\(name)")
    }
    var workers = [try worker("a")]
    _ = try run(workers, until: { $0 >= 4000 })
    workers.append(try worker("b"))
    let copiedByTwo = try run(workers) { [workers] copied in
      workers[1].copied >= 4000 && workers[0].owned.count == 2 && copied >= 8000
    }
    #expect(copiedByTwo < count, "the second member joined while there was work")
    try workers.removeFirst().consumer.close(timeout: .seconds(10))
    _ = try run(workers, from: copiedByTwo - workers[0].copied, until: { $0 >= count })

    let values = try reader(broker.configuration, output).readToEnd(1).compactMap(\.value)
    #expect(values.count == count)
    let distinctCount = Set(values.compactMap { Int($0) }).intersection(0..<count).count
    #expect(distinctCount == count)
  }

  private func run(
    _ workers: [CopyWorker], from done: Int = 0, until isDone: (Int) -> Bool
  ) throws -> Int {
    let end = deadline(60)
    while true {
      for worker in workers { try worker.step() }
      let copied = workers.reduce(done) { $0 + $1.copied }
      if isDone(copied) { return copied }
      guard ContinuousClock.now < end else { throw TestTimeout(description: "\(copied) copied") }
    }
  }

  private func poll(_ members: [GroupWatch], until isDone: () -> Bool) throws {
    let end = deadline(60)
    while !isDone() {
      guard ContinuousClock.now < end else {
        throw TestTimeout(description: "owned: \(members.map(\.owned))")
      }
      for member in members { try member.step() }
    }
  }
}

/// A member that only follows its assignment.
final class GroupWatch {
  let consumer: KafkaConsumer
  private(set) var owned: [TopicPartition] = []
  private(set) var rebalanceCount = 0

  init(_ consumer: KafkaConsumer, _ topic: String) throws {
    self.consumer = consumer
    try consumer.subscribe([topic])
  }

  func step() throws {
    var batch = MessageBatch()
    let outcome = try consumer.pollBatch(
      into: &batch, maxMessages: 10, maxBytes: 1000, deadline: .now + .milliseconds(50))
    guard case .rebalance(let rebalance) = outcome else { return }
    rebalanceCount += 1
    try consumer.answer(rebalance, start: .stored)
    owned = []
    if case .assigned(let partitions) = rebalance { owned = partitions }
  }
}

/// Copies values from one topic to another in transactions, committing before it gives up
/// partitions.
final class CopyWorker {
  let consumer: KafkaConsumer
  private let producer: KafkaProducer
  private let output: ProducerTopic
  private var batch = MessageBatch()
  private(set) var owned: [TopicPartition] = []
  private(set) var copied = 0

  init(
    _ broker: KafkaTestBroker, input: String, output: String, group: String, id: String
  ) throws {
    var settings = broker.configuration
    settings.groupID = group
    settings["heartbeat.interval.ms"] = "200"
    settings["isolation.level"] = "read_committed"
    settings["auto.offset.reset"] = "earliest"
    consumer = try KafkaConsumer(settings, log: silent)
    var producing = broker.configuration
    producing.transactionalID = id
    producer = try KafkaProducer(producing, log: silent)
    self.output = try producer.topic(output)
    try producer.initTransactions(timeout: .seconds(30))
    try consumer.subscribe([input])
  }

  func step() throws {
    let outcome = try consumer.pollBatch(
      into: &batch, maxMessages: 200, maxBytes: 1 << 20, deadline: .now + .milliseconds(20))
    if case .rebalance(.lost) = outcome { batch.removeAll() }
    if !batch.isEmpty { try copy() }
    guard case .rebalance(let rebalance) = outcome else { return }
    try consumer.answer(rebalance, start: .stored)
    owned = []
    if case .assigned(let partitions) = rebalance { owned = partitions }
  }

  private func copy() throws {
    try producer.begin()
    var next: [TopicPartition: Int64] = [:]
    for index in 0..<batch.count {
      let message = batch[index]
      try producer.produce(to: output, partition: .explicit(0), key: nil, value: message.value)
      let partition = TopicPartition(consumer.topics[message.topicIndex], message.partition)
      next[partition] = message.offset + 1
    }
    try producer.sendOffsets(
      next.map { PartitionOffset($0.key, .at($0.value)) }, group: consumer.groupMetadata(),
      timeout: .seconds(20))
    try producer.commit(timeout: .seconds(20))
    copied += batch.count
    batch.removeAll()
  }
}
