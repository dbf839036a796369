import Dispatch
import KafkaClient
import KafkaTestBroker
import Testing

/// The client against librdkafka's built-in broker: nothing to install.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MockClusterTests {
  let cluster: MockCluster
  let configuration: KafkaConfiguration

  init() throws {
    cluster = try MockCluster(log: silent)
    configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
  }

  @Test("keys, values and timestamps arrive as they were sent")
  func roundTrip() throws {
    try cluster.createTopic("t", partitionCount: 1)
    let producer = try KafkaProducer(configuration, log: silent)
    let topic = try producer.topic("t")
    try producer.send(topic, "one", key: "k", timestamp: 1_700_000_000_123)
    try producer.send(topic, "", key: "")
    try producer.produce(to: topic, partition: .explicit(0), key: nil, value: nil)
    try producer.flush(timeout: .seconds(10))

    let consumer = try reader(configuration, "t")
    let records = try consumer.read(3)
    #expect(
      records[0]
        == Record(
          topic: "t", partition: 0, offset: 0, timestamp: 1_700_000_000_123, key: "k",
          value: "one"))
    #expect(records[1].key == "" && records[1].value == "", "empty is not null")
    #expect(records[2].key == nil && records[2].value == nil, "null is not empty")
    #expect(records[1].timestamp > 1_700_000_000_123, "no timestamp means now")
  }

  @Test("headers arrive as they were sent, and are found by name, the last of several")
  func headerByName() throws {
    let producer = try KafkaProducer(configuration, log: silent)
    let topic = try producer.topic("t")
    let headers = KafkaHeaders(["a": "1", "model": "7", "a": "2", "empty": ""])
    try producer.send(topic, "v", headers: headers)
    try producer.send(topic, "without")
    try producer.flush(timeout: .seconds(10))
    let consumer = try reader(configuration, "t")
    var batch = MessageBatch()
    while batch.count < 2 {
      let outcome = try consumer.pollBatch(
        into: &batch, maxMessages: 2, maxBytes: 1000, deadline: deadline())
      try #require(outcome == .ready)
    }
    func header(_ name: String) -> String? {
      batch[0].header(name).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(header("a") == "2")
    #expect(header("model") == "7")
    #expect(header("empty") == "")
    #expect(header("missing") == nil)
    #expect(batch[1].header("a") == nil)
  }

  @Test("a batch ends at its limits of messages and of bytes, and loses nothing between")
  func batchLimits() throws {
    try cluster.createTopic("t", partitionCount: 1)
    let producer = try KafkaProducer(configuration, log: silent)
    let topic = try producer.topic("t")
    for index in 0..<50 { try producer.send(topic, "0123456789-\(index + 100)", key: "k") }
    try producer.flush(timeout: .seconds(10))
    let consumer = try reader(configuration, "t")
    var batch = MessageBatch(capacity: 1)
    /// What is there may come in several polls.
    func poll(_ messages: Int, _ bytes: Int) throws {
      while batch.count < messages, batch.byteCount < bytes {
        let outcome = try consumer.pollBatch(
          into: &batch, maxMessages: messages, maxBytes: bytes, deadline: deadline())
        try #require(outcome == .ready)
      }
    }
    try poll(20, 1 << 20)
    #expect(batch.count == 20)
    #expect(batch.byteCount == 20 * 15)
    try poll(21, 1 << 20)
    #expect(batch.count == 21, "a batch that is not emptied is added to")
    batch.removeAll()
    try poll(1000, 31)
    #expect(batch.count == 3, "the message that passes the limit of bytes is the last")
    #expect(batch[0].offset == 21)
    batch.removeAll()
    try poll(26, 1 << 20)
    #expect(batch[25].offset == 49)
  }

  @Test("messages outlive the consumer they came from")
  func batchOutlivesConsumer() throws {
    let producer = try KafkaProducer(configuration, log: silent)
    try producer.send(producer.topic("t"), "still here")
    try producer.flush(timeout: .seconds(10))
    var batch = MessageBatch()
    do {
      let consumer = try reader(configuration, "t")
      _ = try consumer.pollBatch(
        into: &batch, maxMessages: 1, maxBytes: 1000, deadline: deadline())
      try consumer.close(timeout: .seconds(5))
    }
    #expect(batch.records(["t"]).map(\.value) == ["still here"])
  }

  @Test("another thread's wake ends a blocked poll, and one made before ends the next poll")
  func wake() throws {
    try cluster.createTopic("t", partitionCount: 1)
    let consumer = try reader(configuration, "t")
    _ = try consumer.readToEnd(1)
    var batch = MessageBatch()
    let waker = consumer.waker
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(200)) { waker.wake() }
    let first = try consumer.pollBatch(
      into: &batch, maxMessages: 1, maxBytes: 1000, deadline: deadline(60))
    #expect(first == .woken)
    waker.wake()
    let second = try consumer.pollBatch(
      into: &batch, maxMessages: 1, maxBytes: 1000, deadline: deadline(60))
    #expect(second == .woken)
    let third = try consumer.pollBatch(
      into: &batch, maxMessages: 1, maxBytes: 1000, deadline: .now + .milliseconds(50))
    #expect(third == .deadline)
    try consumer.close(timeout: .seconds(5))
    waker.wake()
  }

  @Test("a consumer starts at explicit offsets, seeks and pauses")
  func positions() throws {
    try cluster.createTopic("t", partitionCount: 2)
    let producer = try KafkaProducer(configuration, log: silent)
    let topic = try producer.topic("t")
    for index in 0..<10 {
      try producer.send(topic, "a\(index)", timestamp: 1000 + Int64(index))
      try producer.send(topic, "b\(index)", partition: .explicit(1))
    }
    try producer.flush(timeout: .seconds(10))
    let consumer = try reader(configuration, "t")
    let a = TopicPartition("t", 0)
    let b = TopicPartition("t", 1)
    #expect(try consumer.watermarks(a, timeout: .seconds(10)) == (0, 10))
    try consumer.assign([PartitionOffset(a, 7), PartitionOffset(b, 9)])
    let values = try consumer.read(4).compactMap(\.value)
    #expect(values.filter { $0.hasPrefix("a") } == ["a7", "a8", "a9"])
    #expect(values.filter { $0.hasPrefix("b") } == ["b9"])
    try consumer.pause([a])
    try consumer.seek([PartitionOffset(a, 5), PartitionOffset(b, 8)], timeout: .seconds(10))
    #expect(try consumer.read(2).compactMap(\.value) == ["b8", "b9"])
    try consumer.resume([a])
    #expect(try consumer.read(5).compactMap(\.value) == ["a5", "a6", "a7", "a8", "a9"])
  }

  @Test("at_least_once: committed offsets come back with their metadata")
  func commitWithMetadata() throws {
    try cluster.createTopic("t", partitionCount: 2)
    var configuration = configuration
    configuration.groupID = "g"
    let consumer = try KafkaConsumer(configuration, log: silent)
    let a = TopicPartition("t", 0)
    let b = TopicPartition("t", 1)
    try consumer.assign([PartitionOffset(a, .stored)])
    try consumer.commitSync(
      [PartitionOffset(a, 42, metadata: "tick@41;model=7")], timeout: .seconds(10))
    let committed = try consumer.committed([a, b], timeout: .seconds(10))
    #expect(committed[0] == PartitionOffset(a, 42, metadata: "tick@41;model=7"))
    #expect(committed[1] == PartitionOffset(b, .none))
  }

  @Test("partitions of keys are those that Murmur2 computes")
  func partitioner() throws {
    try cluster.createTopic("t", partitionCount: 5)
    let producer = try KafkaProducer(configuration, log: silent)
    let topic = try producer.topic("t")
    for index in 0..<100 {
      try producer.send(topic, "v", key: "series-\(index)", partition: .byKey)
    }
    try producer.flush(timeout: .seconds(10))
    let consumer = try reader(configuration, "t", partitions: 5)
    let records = try consumer.read(100)
    for record in records {
      try Array(#require(record.key).utf8).withUnsafeBytes {
        #expect(Murmur2.partition(of: $0, partitionCount: 5) == record.partition)
      }
    }
    #expect(Set(records.map(\.partition)).count == 5)
  }

  @Test("a record over the limit is refused by itself, and the next one goes through")
  func tooLarge() throws {
    let producer = try KafkaProducer(
      configuration.setting("message.max.bytes", "2000"), log: silent)
    #expect(producer.messageBytesMaximum == 2000)
    let topic = try producer.topic("t")
    let error = try kafkaError {
      try producer.send(topic, String(repeating: "x", count: 2001))
    }
    #expect(error.name == "MSG_SIZE_TOO_LARGE")
    #expect(error.recovery == .skipRecord)
    try producer.send(topic, "small")
    try producer.flush(timeout: .seconds(10))
    #expect(try reader(configuration, "t").read(1).map(\.value) == ["small"])
  }

  @Test("a full queue holds the caller up instead of losing records")
  func backPressure() throws {
    try cluster.createTopic("t", partitionCount: 1)
    let producer = try KafkaProducer(
      configuration.setting("queue.buffering.max.messages", "100").setting("linger.ms", "1"),
      log: silent)
    let topic = try producer.topic("t")
    let headers = KafkaHeaders(["h": "v"])
    var waitingMaximum = 0
    for index in 0..<5000 {
      try producer.send(topic, "\(index)", headers: headers)
      waitingMaximum = max(waitingMaximum, producer.outstandingCount)
    }
    try producer.flush(timeout: .seconds(30))
    #expect(waitingMaximum == 100)
    let records = try reader(configuration, "t").read(5000)
    #expect(records.compactMap(\.value) == (0..<5000).map(String.init))
  }

  @Test("a full queue that stays full is an error in time")
  func fullForever() throws {
    let nowhere = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
    let producer = try KafkaProducer(
      nowhere.setting("queue.buffering.max.messages", "10"),
      queueFullTimeout: .milliseconds(50), log: silent)
    let topic = try producer.topic("t")
    let error = try kafkaError { for _ in 0..<11 { try producer.send(topic, "v") } }
    #expect(error.name == "_QUEUE_FULL")
    #expect(error.recovery == .retry)
    let flush = try kafkaError { try producer.flush(timeout: .milliseconds(100)) }
    #expect(flush.name == "_TIMED_OUT")
    #expect(flush.reason.contains("10 are still on their way"))
    producer.close(timeout: .seconds(5))
    #expect(producer.outstandingCount == 0)
  }

  @Test("brokers that are down are an event, not an error")
  func brokersDown() throws {
    var cluster: MockCluster? = try MockCluster(log: silent)
    try cluster?.createTopic("t", partitionCount: 1)
    let servers = try #require(cluster?.bootstrapServers)
    let consumer = try reader(KafkaConfiguration(bootstrapServers: servers), "t")
    _ = try consumer.readToEnd(1)
    cluster = nil
    var batch = MessageBatch()
    var isDown = false
    // The client notices by its own clock, which is late on a busy machine.
    let end = ContinuousClock.now + .seconds(90)
    while !isDown, ContinuousClock.now < end {
      _ = try consumer.pollBatch(
        into: &batch, maxMessages: 1, maxBytes: 1000, deadline: .now + .seconds(1))
      for case .allBrokersDown in consumer.takeEvents() { isDown = true }
    }
    #expect(isDown)
  }

  @Test("two members of a group share the partitions, and the rest goes to the one that stays")
  func groupOfTwo() throws {
    try cluster.createTopic("t", partitionCount: 4)
    var configuration = configuration
    configuration.groupID = "g"
    configuration["session.timeout.ms"] = "6000"
    let members = try (0..<2).map { _ in try KafkaConsumer(configuration, log: silent) }
    for member in members { try member.subscribe(["t"]) }
    var owned: [Set<TopicPartition>] = [[], []]
    let all = Set((0..<4).map { TopicPartition("t", $0) })
    try run(members, &owned) { $0.allSatisfy { $0.count == 2 } }
    #expect(owned[0].isDisjoint(with: owned[1]))
    #expect(owned[0].union(owned[1]) == all)
    #expect(try members[1].close(timeout: .seconds(10)))
    try run([members[0]], &owned) { $0[0].count == 4 }
    #expect(owned[0] == all)
    #expect(try members[0].close(timeout: .seconds(10)))
  }

  private func run(
    _ members: [KafkaConsumer], _ owned: inout [Set<TopicPartition>],
    until isDone: ([Set<TopicPartition>]) -> Bool
  ) throws {
    var batch = MessageBatch()
    let end = deadline(60)
    while !isDone(owned) {
      guard ContinuousClock.now < end else { throw TestTimeout(description: "owned: \(owned)") }
      for (index, member) in members.enumerated() {
        let outcome = try member.pollBatch(
          into: &batch, maxMessages: 10, maxBytes: 1000, deadline: .now + .milliseconds(50))
        batch.removeAll()
        guard case .rebalance(let rebalance) = outcome else { continue }
        try member.answer(rebalance, start: .beginning)
        owned[index] = []
        if case .assigned(let partitions) = rebalance { owned[index] = Set(partitions) }
      }
    }
  }
}
