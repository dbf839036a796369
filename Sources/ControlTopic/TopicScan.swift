package import KafkaClient

/// Reads what a topic holds now: all partitions, from their beginnings to the ends that they have.
///
/// It joins no group and commits nothing.
package struct TopicScan {
  private let configuration: KafkaConfiguration
  private let log: KafkaLogHandler
  private static let requestTimeout: Duration = .seconds(15)
  /// How long nothing may come before the scan is given up.
  private static let patience: Duration = .seconds(20)

  /// - Parameter configuration: brokers and security.
  package init(_ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler) {
    self.configuration = configuration
    self.log = log
  }

  /// - Parameter body: takes each record, those of one partition in their order.
  /// - Throws: where the topic does not exist, may not be read, or cannot be reached.
  package func read(
    _ topic: String, _ body: (KafkaMessage) -> Void
  ) throws(ControlTopicError) {
    let partitionCount: Int
    do throws(KafkaError) {
      let admin = try KafkaAdmin(configuration, timeout: Self.requestTimeout, log: log)
      partitionCount = try admin.describe(topic: topic)?.partitionCount ?? 0
      if partitionCount > 0 {
        try read((0..<partitionCount).map { TopicPartition(topic, Int32($0)) }, body)
      }
    } catch {
      throw .kafka(error)
    }
    guard partitionCount > 0 else { throw .missing(topic) }
  }

  private func read(
    _ partitions: [TopicPartition], _ body: (KafkaMessage) -> Void
  ) throws(KafkaError) {
    var configuration = configuration
    configuration["isolation.level"] = "read_committed"
    configuration["auto.offset.reset"] = "earliest"
    configuration["enable.partition.eof"] = "true"
    configuration["fetch.wait.max.ms"] = "20"
    // librdkafka wants a group's name of every consumer; without a subscription it is not joined.
    configuration.groupID = "forecastd-subscribe"
    configuration.groupInstanceID = nil
    let consumer = try KafkaConsumer(configuration, log: log)
    try consumer.assign(partitions.map { PartitionOffset($0, .beginning) })
    var unread = Set(partitions)
    var batch = MessageBatch()
    var deadline = ContinuousClock.now + Self.patience
    var lastError: KafkaError?
    while !unread.isEmpty {
      batch.removeAll()
      _ = try consumer.pollBatch(
        into: &batch, maxMessages: 1_024, maxBytes: 4 << 20, deadline: deadline)
      for index in 0..<batch.count { body(batch[index]) }
      if !batch.isEmpty { deadline = .now + Self.patience }
      for event in consumer.takeEvents() {
        switch event {
        case .partitionEnd(let partition, _):
          unread.remove(partition)
          deadline = .now + Self.patience
        case .error(let error):
          if error.isDenial { throw error }
          lastError = error
        case .allBrokersDown: break
        }
      }
      guard ContinuousClock.now < deadline else {
        throw lastError ?? .noAnswer(to: "read \(partitions[0].topic)")
      }
    }
    batch.removeAll()
    try consumer.close(timeout: .seconds(2))
  }
}

/// Why the control topic, or the incidents that it is about, could not be read or written.
package enum ControlTopicError: Error, CustomStringConvertible {
  case missing(String)
  case unknownIncident(String, topic: String)
  case nothingToTakeBack(key: String, topic: String)
  /// A record that the daemon would not read.
  case refused(String)
  case kafka(KafkaError)

  package var description: String {
    switch self {
    case .missing(let topic):
      """
      there is no topic '\(topic)': check its name, or start the daemon, which makes its topics
      """
    case .unknownIncident(let id, let topic):
      """
      there is no incident '\(id)' in topic '\(topic)': an incident is the field 'incident' of its \
      records, and is gone when the topic's retention has deleted them; then name its --series, \
      --from and --to
      """
    case .nothingToTakeBack(let key, let topic):
      "topic '\(topic)' has nothing under the key '\(key)': nothing was written"
    case .refused(let problem): "the daemon would not read such a record: \(problem)"
    case .kafka(let error): "\(error)"
    }
  }
}
