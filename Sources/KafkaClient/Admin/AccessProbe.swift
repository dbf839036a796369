import CLibrdkafka

/// Asks what a user may do, by trying it: librdkafka 2.0.2 has no request for it that an ordinary user
/// may make.
///
/// Nothing is written, no group is joined and no offset is committed.
package struct AccessProbe: Sendable {
  private let timeout: Duration

  package init(timeout: Duration = .seconds(5)) { self.timeout = timeout }

  /// Tries to read the end of a topic's first partition, and the offset that a group has committed in it.
  ///
  /// - Parameter configuration: of a consumer with the `group.id`.
  /// - Returns: the missing permission; `nil` if there is none, or no answer.
  package func reading(
    _ topic: String, _ configuration: KafkaConfiguration
  ) throws(KafkaError) -> KafkaError? {
    var configuration = configuration
    configuration.groupInstanceID = nil
    configuration["enable.partition.eof"] = "true"
    let consumer = try KafkaConsumer(configuration) { _, _, _ in }
    let partition = TopicPartition(topic, 0)
    do throws(KafkaError) {
      _ = try consumer.committed([partition], timeout: timeout)
    } catch {
      if error.isDenial { return error }
    }
    try consumer.assign([PartitionOffset(partition, .end)])
    var batch = MessageBatch()
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      do throws(KafkaError) {
        _ = try consumer.pollBatch(into: &batch, maxMessages: 1, maxBytes: 1, deadline: deadline)
      } catch {
        return error.isDenial ? error : nil
      }
      for event in consumer.takeEvents() {
        if case .partitionEnd = event { return nil }
        if case .error(let error) = event, error.isDenial { return error }
      }
      guard batch.isEmpty else { return nil }
    }
    return nil
  }

  /// Sends a record that is too large for the topic. A broker looks at the permission first.
  ///
  /// - Parameters:
  ///   - bytesMaximum: `max.message.bytes` of the topic.
  ///   - configuration: of a producer, without a `transactional.id`.
  /// - Returns: the missing permission; `nil` if there is none, no answer, or the topic takes records so
  ///   large that the probe would be a burden.
  package func writing(
    _ topic: String, bytesMaximum: Int, _ configuration: KafkaConfiguration
  ) throws(KafkaError) -> KafkaError? {
    guard bytesMaximum <= Self.bytesMaximum else { return nil }
    var configuration = configuration
    configuration.transactionalID = nil
    configuration["transaction.timeout.ms"] = nil
    configuration["enable.idempotence"] = "false"
    configuration["compression.type"] = "none"
    configuration["message.max.bytes"] = String(max(1_000, bytesMaximum + 10_000))
    configuration["message.timeout.ms"] = String(timeout.milliseconds)
    let producer = try KafkaProducer(configuration) { _, _, _ in }
    defer { producer.close(timeout: .milliseconds(100)) }
    let target = try producer.topic(topic)
    let value = [UInt8](repeating: UInt8(ascii: "x"), count: bytesMaximum + 1)
    do throws(KafkaError) {
      try send(value, to: target, of: producer)
      try producer.flush(timeout: timeout + .seconds(1))
    } catch {
      return error.isDenial ? error : nil
    }
    return nil
  }

  private func send(
    _ value: [UInt8], to topic: ProducerTopic, of producer: KafkaProducer
  ) throws(KafkaError) {
    let result = value.withUnsafeBytes { value -> Result<Void, KafkaError> in
      do throws(KafkaError) {
        return .success(
          try producer.produce(to: topic, partition: .explicit(0), key: nil, value: value))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  private static let bytesMaximum = 4 << 20
}
