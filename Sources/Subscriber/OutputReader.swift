package import KafkaClient

/// Reads the daemon's output topics: all partitions of each, without joining a group, so that
/// nothing is waited for and nobody's offsets are moved.
///
/// Owned by one thread.
package final class OutputReader {
  package enum Start: Sendable, Equatable {
    case earliest
    case latest
    /// The first record of each partition whose timestamp is at or after this.
    case since(milliseconds: Int64)
  }

  /// A record as it was published, valid within the call that hands it out.
  package struct Record {
    package var topic: String
    package var key: UnsafeRawBufferPointer
    package var value: UnsafeRawBufferPointer
  }

  private let consumer: KafkaConsumer
  private var batch = MessageBatch(capacity: 1024)
  private static let requestTimeout: Duration = .seconds(15)

  /// - Parameters:
  ///   - configuration: brokers and security; properties of consumers and groups are set here.
  /// - Throws: where a topic does not exist or no broker can be reached.
  package init(
    _ configuration: KafkaConfiguration, topics: [String], from start: Start,
    log: @escaping KafkaLogHandler
  ) throws(SubscriberError) {
    let missing: String?
    do throws(KafkaError) {
      let partitions = try Self.partitions(of: topics, configuration, log: log)
      missing = partitions.first { $0.count == 0 }?.topic
      var configuration = configuration
      configuration["isolation.level"] = "read_committed"
      configuration["auto.offset.reset"] = "earliest"
      configuration["fetch.wait.max.ms"] = "100"
      configuration["fetch.error.backoff.ms"] = "100"
      // librdkafka wants a group's name of every consumer; without a subscription it is not joined.
      configuration.groupID = "forecastd-subscribe"
      configuration.groupInstanceID = nil
      consumer = try KafkaConsumer(configuration, log: log)
      let all = partitions.flatMap { entry in
        (0..<entry.count).map { TopicPartition(entry.topic, Int32($0)) }
      }
      try consumer.assign(try Self.offsets(all, start, consumer))
    } catch {
      throw .kafka(error)
    }
    if let missing { throw .missingTopic(missing) }
  }

  private static func partitions(
    of topics: [String], _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) throws(KafkaError) -> [(topic: String, count: Int)] {
    let admin = try KafkaAdmin(configuration, timeout: requestTimeout, log: log)
    var partitions: [(String, Int)] = []
    for topic in topics {
      partitions.append((topic, try admin.describe(topic: topic)?.partitionCount ?? 0))
    }
    return partitions
  }

  private static func offsets(
    _ partitions: [TopicPartition], _ start: Start, _ consumer: KafkaConsumer
  ) throws(KafkaError) -> [PartitionOffset] {
    switch start {
    case .earliest: return partitions.map { PartitionOffset($0, .beginning) }
    case .latest: return partitions.map { PartitionOffset($0, .end) }
    case .since(let time):
      return try consumer.offsets(
        partitions, atTimestampMilliseconds: max(0, time), timeout: requestTimeout)
    }
  }

  /// Hands out what has come, or waits for something to come.
  ///
  /// - Returns: what the client complained of meanwhile, which it mends by itself.
  /// - Throws: where only a new start can help, and what `body` throws.
  package func poll(wait: Duration, _ body: (Record) throws -> Void) throws -> [String] {
    batch.removeAll()
    do throws(KafkaError) {
      _ = try consumer.pollBatch(
        into: &batch, maxMessages: 1024, maxBytes: 4 << 20, deadline: .now + wait)
    } catch {
      throw SubscriberError.kafka(error)
    }
    let topics = consumer.topics
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    for index in 0..<batch.count {
      let message = batch[index]
      // A record without a value is a tombstone, which the daemon never writes.
      guard let value = message.value else { continue }
      try body(
        Record(topic: topics[message.topicIndex], key: message.key ?? nothing, value: value))
    }
    return consumer.takeEvents().compactMap { event in
      switch event {
      case .partitionEnd: nil
      case .allBrokersDown(let reason): "no broker can be reached: \(reason)"
      case .error(let error): "\(error)"
      }
    }
  }

  package func close() throws(SubscriberError) {
    batch.removeAll()
    do throws(KafkaError) {
      try consumer.close(timeout: .seconds(2))
    } catch {
      throw .kafka(error)
    }
  }
}

/// Why a subscription could not begin or go on.
package enum SubscriberError: Error, CustomStringConvertible {
  case missingTopic(String)
  case kafka(KafkaError)

  package var description: String {
    switch self {
    case .missingTopic(let topic):
      """
      there is no topic '\(topic)': check its name, or start the daemon, which makes its topics
      """
    case .kafka(let error): "\(error)"
    }
  }
}
