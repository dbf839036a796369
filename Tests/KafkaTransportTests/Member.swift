import KafkaClient
import KafkaTestBroker
import KafkaTransport
import Pipeline
import Synchronization
import TestSupport
import Testing
import TimeSeries

let silent: KafkaLogHandler = { _, _, _ in }

/// A source and a sink of one member, driven as a worker drives them.
final class Member {
  let source: KafkaSource
  let sink: KafkaSink
  private(set) var assigned: [PartitionID] = []
  let skipped = Skipped()

  init(
    _ configuration: KafkaConfiguration, group: String, input: String, output: String,
    isTransactional: Bool, refusals: RefusedRecords = RefusedRecords(), bytesMaximum: Int? = nil
  ) throws {
    var consumer = configuration
    consumer.groupID = group
    consumer["enable.partition.eof"] = "true"
    consumer["isolation.level"] = "read_committed"
    consumer["session.timeout.ms"] = "10000"
    consumer["heartbeat.interval.ms"] = "200"
    source = try KafkaSource(consumer, topics: [input], log: silent, events: { _ in })
    var producer = configuration
    if isTransactional { producer.transactionalID = KafkaTestBroker.uniqueName("id") }
    producer["message.max.bytes"] = "20000"
    sink = try KafkaSink(
      producer, topics: [.forecasts: output], source: source,
      bytesMaximum: bytesMaximum.map { [.forecasts: $0] } ?? [:], refusals: refusals, log: silent,
      onSkipped: { [skipped] topic, _ in skipped.note(topic) })
  }

  /// What polls bring until there are `count` messages, as text; assignments start at `offset`.
  func read(_ count: Int, from offset: StartOffset = .earliest) throws -> [String] {
    try read(count, from: offset) { message in
      "\(message.slot)/\(message.offset) \(String(decoding: message.key, as: UTF8.self))="
        + String(decoding: message.value, as: UTF8.self)
    }
  }

  func readTimes(_ count: Int) throws -> [(time: Milliseconds?, clock: RecordClock)] {
    try read(count, from: .earliest) { ($0.recordTime, $0.recordClock) }
  }

  private func read<Result>(
    _ count: Int, from offset: StartOffset, _ describe: (InputMessage) -> Result
  ) throws -> [Result] {
    var found: [Result] = []
    let deadline = ContinuousClock.now + .seconds(40)
    while found.count < count {
      try #require(ContinuousClock.now < deadline, "\(found) after the deadline")
      var messages: [InputMessage] = []
      switch try source.poll(BatchLimits(), into: &messages) {
      case .assigned(let ids):
        assigned = ids.sorted { $0.partition < $1.partition }
        try source.start(
          assigned.enumerated().map {
            StartPosition(partition: $0.element, slot: $0.offset, offset: offset)
          })
      case .revoked, .lost: try source.release()
      case .messages, .ended: break
      }
      found += messages.map(describe)
    }
    return found
  }

  /// Polls until the source says that a partition has delivered everything.
  func readToEnd(_ partition: PartitionID) throws {
    let deadline = ContinuousClock.now + .seconds(40)
    while !source.isAtEnd(partition) {
      try #require(ContinuousClock.now < deadline, "no end of \(partition)")
      var messages: [InputMessage] = []
      _ = try source.poll(BatchLimits(), into: &messages)
    }
  }

  /// Sends the values and commits, again and again as a worker does, until the commit succeeds.
  ///
  /// - Returns: the number of attempts.
  func commitAll(
    _ values: [(text: String, time: Milliseconds)], attempts limit: Int
  ) throws -> Int {
    for attempt in 1...limit {
      do throws(TransportError) {
        for value in values { try send(value.text, time: value.time) }
        try commit(1, metadata: "")
        return attempt
      } catch {
        guard case .abortTransaction = error else { throw error }
        try sink.abort()
      }
    }
    Issue.record("no commit in \(limit) attempts")
    return limit
  }

  @discardableResult
  func send(
    _ value: String, key: String = "series", time: Milliseconds = 1_700_000_000_000
  ) throws(TransportError) -> SendOutcome {
    let headers = RecordHeaders([RecordHeader("model", "3")])
    let (key, value) = (Array(key.utf8), Array(value.utf8))
    let result = key.withUnsafeBytes { key in
      value.withUnsafeBytes { value -> Result<SendOutcome, TransportError> in
        do throws(TransportError) {
          return .success(
            try sink.send(.forecasts, key: key, value: value, headers: headers, timestamp: time))
        } catch {
          return .failure(error)
        }
      }
    }
    return try result.get()
  }

  func commit(_ offset: Int64, metadata: String) throws(TransportError) {
    try sink.commit([
      OffsetCommit(
        partition: assigned[0], committed: CommittedOffset(offset: offset, metadata: metadata))
    ])
  }

  func close() {
    source.close(timeout: .seconds(5))
    sink.close(timeout: .seconds(5))
  }
}

/// Counts on the threads of the client.
final class Skipped: Sendable {
  private let counter = Mutex(0)
  var count: Int { counter.withLock { $0 } }
  func note(_ topic: OutputTopic) { if topic == .forecasts { counter.withLock { $0 += 1 } } }
}

func produce(
  _ configuration: KafkaConfiguration, _ topic: String, _ values: [String], partition: Int32 = 0
) throws {
  let producer = try KafkaProducer(configuration, log: silent)
  let handle = try producer.topic(topic)
  for value in values {
    try Array(value.utf8).withUnsafeBytes {
      try producer.produce(
        to: handle, partition: .explicit(partition), key: $0, value: $0,
        timestampMilliseconds: 1_700_000_000_000, headers: nil)
    }
  }
  try producer.flush(timeout: .seconds(30))
}

/// Nothing that compression makes small.
func noise(bytes: Int, seed: UInt64) -> String {
  var random = SplitMix(seed: seed)
  return String((0..<bytes).map { _ in Character(Unicode.Scalar(UInt8(random.next() % 94 + 33))) })
}
