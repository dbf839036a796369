import KafkaClient
import KafkaTestBroker
import Testing

let silent: KafkaLogHandler = { _, _, _ in }

/// A message, copied out of its batch.
struct Record: Equatable {
  var topic: String
  var partition: Int32
  var offset: Int64
  /// -1 where there is none.
  var timestamp: Int64
  var key: String?
  var value: String?
}

extension Record {
  init(_ message: KafkaMessage, topics: [String]) {
    topic = topics[message.topicIndex]
    partition = message.partition
    offset = message.offset
    timestamp = message.timestamp?.milliseconds ?? -1
    key = message.key.map { String(decoding: $0, as: UTF8.self) }
    value = message.value.map { String(decoding: $0, as: UTF8.self) }
  }
}

struct TestTimeout: Error { var description: String }

func deadline(_ seconds: Int = 30) -> ContinuousClock.Instant { .now + .seconds(seconds) }

extension KafkaConsumer {
  /// Reads until `count` records are there; rebalances are answered with `start`.
  func read(_ count: Int, start: KafkaOffset = .beginning) throws -> [Record] {
    var batch = MessageBatch()
    var records: [Record] = []
    let end = deadline()
    while records.count < count {
      guard ContinuousClock.now < end else {
        throw TestTimeout(
          description: "\(records.count) of \(count) records; events \(takeEvents())")
      }
      let outcome = try pollBatch(
        into: &batch, maxMessages: count - records.count, maxBytes: 1 << 30, deadline: end)
      records += batch.records(topics)
      batch.removeAll()
      if case .rebalance(let rebalance) = outcome { try answer(rebalance, start: start) }
    }
    return records
  }

  func answer(_ rebalance: KafkaRebalance, start: KafkaOffset) throws {
    switch rebalance {
    case .assigned(let partitions): try assign(partitions.map { PartitionOffset($0, start) })
    case .revoked, .lost: try unassign()
    }
  }

  /// Reads everything there is, until the end of every assigned partition.
  func readToEnd(_ partitions: Int) throws -> [Record] {
    var batch = MessageBatch()
    var records: [Record] = []
    var ends: Set<TopicPartition> = []
    let end = deadline()
    while ends.count < partitions {
      guard ContinuousClock.now < end else {
        throw TestTimeout(description: "\(ends) of \(partitions) partitions reached their end")
      }
      _ = try pollBatch(into: &batch, maxMessages: 1000, maxBytes: 1 << 30, deadline: end)
      records += batch.records(topics)
      batch.removeAll()
      for case .partitionEnd(let partition, _) in takeEvents() { ends.insert(partition) }
    }
    return records
  }
}

extension MessageBatch {
  func records(_ topics: [String]) -> [Record] {
    (0..<count).map { Record(self[$0], topics: topics) }
  }
}

extension KafkaProducer {
  func send(
    _ topic: ProducerTopic, _ value: String, key: String? = nil,
    partition: PartitionChoice = .explicit(0), timestamp: Int64? = nil,
    headers: KafkaHeaders? = nil
  ) throws {
    try Array(value.utf8).withUnsafeBytes { value in
      guard let key else {
        return try produce(
          to: topic, partition: partition, key: nil, value: value,
          timestampMilliseconds: timestamp, headers: headers)
      }
      try Array(key.utf8).withUnsafeBytes { key in
        try produce(
          to: topic, partition: partition, key: key, value: value,
          timestampMilliseconds: timestamp, headers: headers)
      }
    }
  }
}

/// A reader of whole partitions from their beginning, which belongs to no group.
func reader(
  _ configuration: KafkaConfiguration, _ topic: String, partitions: Int = 1,
  isolation: String = "read_committed"
) throws -> KafkaConsumer {
  var configuration = configuration
  configuration.groupID = KafkaTestBroker.uniqueName("reader")
  configuration["enable.partition.eof"] = "true"
  configuration["isolation.level"] = isolation
  let consumer = try KafkaConsumer(configuration, log: silent)
  try consumer.assign((0..<partitions).map { PartitionOffset(topic, Int32($0), .beginning) })
  return consumer
}

/// The error that `body` must throw.
func kafkaError(_ body: () throws -> Void) throws -> KafkaError {
  try #require(throws: KafkaError.self) { try body() }
}
