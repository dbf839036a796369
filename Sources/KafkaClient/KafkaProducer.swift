import CLibrdkafka

/// A topic of one producer; valid as long as that producer is.
package struct ProducerTopic {
  let pointer: OpaquePointer

  /// The partition into which a record with this key goes, as Java's producer chooses it.
  package func partition(ofKey key: UnsafeRawBufferPointer, count: Int) -> Int32 {
    rd_kafka_msg_partitioner_murmur2(
      pointer, key.baseAddress, key.count, Int32(count), nil, nil)
  }
}

package enum PartitionChoice: Sendable {
  /// As Java's producer chooses: murmur2 of the key; records without a key go anywhere.
  case byKey
  case explicit(Int32)
}

/// An idempotent and, with `transactional.id`, transactional producer; owned by one thread.
///
/// A record that could not be delivered is never lost silently: the first failure, with the number
/// of all, is thrown by the next ``flush(timeout:)`` or ``commit(timeout:)``.
package final class KafkaProducer {
  let handle: ClientHandle
  /// Largest key and value together that the client accepts (`message.max.bytes`); a topic's own
  /// `max.message.bytes` may be lower.
  package let messageBytesMaximum: Int
  private let queueFullTimeout: Duration
  private var topics: [OpaquePointer] = []
  private var sinceServed: UInt32 = 0
  private var isClosed = false

  /// - Parameter queueFullTimeout: how long a full queue may hold up one record.
  package init(
    _ configuration: KafkaConfiguration, queueFullTimeout: Duration = .seconds(60),
    log: @escaping KafkaLogHandler
  ) throws(KafkaError) {
    var configuration = configuration
    configuration.setDefault("enable.idempotence", "true")
    configuration.setDefault("partitioner", "murmur2_random")
    // Successful deliveries need no callback: flush and commit wait for the queue to empty.
    configuration["delivery.report.only.error"] = "true"
    handle = try ClientHandle(RD_KAFKA_PRODUCER, configuration, log: log)
    self.queueFullTimeout = queueFullTimeout
    messageBytesMaximum = handle.integerProperty("message.max.bytes") ?? 1_000_000
  }

  deinit { releaseTopics() }

  package func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
    let pointer = try handle.topicHandle(name)
    topics.append(pointer)
    return ProducerTopic(pointer: pointer)
  }

  /// The number of partitions of a topic.
  package func partitionCount(
    of topic: ProducerTopic, timeout: Duration = .seconds(15)
  ) throws(KafkaError) -> Int {
    try ClusterMetadata(client: handle.pointer, topic: topic.pointer, timeout: timeout)
      .partitionCount
  }

  /// Queues a copy of the record; waits while the queue is full.
  ///
  /// Measured with librdkafka 2.0.2, µs of the calling thread for 400 bytes, queue memory warm:
  /// `producev` with a topic handle 0.18 to 0.20, `produceva` 0.14 to 0.19, `produce_batch` 0.07 to
  /// 0.08, but that one carries neither headers nor timestamps. Two headers: copied from one object
  /// 0.5, as two arguments 0.9 to 1.0; with serialising and freeing them about 1.2 of the process.
  /// - Parameter timestampMilliseconds: since 1970; `nil` means now.
  /// - Throws: with `skipRecord` if the record itself is refused (too large), else as the
  ///   recovery says.
  package func produce(
    to topic: ProducerTopic, partition: PartitionChoice = .byKey, key: UnsafeRawBufferPointer?,
    value: UnsafeRawBufferPointer?, timestampMilliseconds: Int64? = nil,
    headers: KafkaHeaders? = nil
  ) throws(KafkaError) {
    let number =
      switch partition {
      case .byKey: Int32(-1)
      case .explicit(let number): number
      }
    let copy = headers.map { rd_kafka_headers_copy($0.pointer) } ?? nil
    var code = enqueue(topic, number, key, value, timestampMilliseconds ?? 0, copy)
    if code == RD_KAFKA_RESP_ERR__QUEUE_FULL {
      let deadline = ContinuousClock.now + queueFullTimeout
      repeat {
        rd_kafka_poll(handle.pointer, 5)
        code = enqueue(topic, number, key, value, timestampMilliseconds ?? 0, copy)
      } while code == RD_KAFKA_RESP_ERR__QUEUE_FULL && ContinuousClock.now < deadline
    }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      if let copy { rd_kafka_headers_destroy(copy) }
      throw refusal(code, topic, (key?.count ?? 0) + (value?.count ?? 0))
    }
    sinceServed &+= 1
    if sinceServed & 1023 == 0 { rd_kafka_poll(handle.pointer, 0) }
  }

  @inline(__always)
  private func enqueue(
    _ topic: ProducerTopic, _ partition: Int32, _ key: UnsafeRawBufferPointer?,
    _ value: UnsafeRawBufferPointer?, _ timestamp: Int64, _ headers: OpaquePointer?
  ) -> rd_kafka_resp_err_t {
    forecastd_kafka_produce(
      handle.pointer, topic.pointer, partition, key.map(address), key?.count ?? 0,
      value.map(address), value?.count ?? 0, timestamp, headers)
  }

  /// Empty bytes need an address too, any one: null would mean no key, or a tombstone. There is a
  /// first topic, because `topic(_:)` is the only source of the one that is produced to.
  @inline(__always)
  private func address(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
    bytes.baseAddress ?? UnsafeRawPointer(topics[0])
  }

  private func refusal(
    _ code: rd_kafka_resp_err_t, _ topic: ProducerTopic, _ byteCount: Int
  ) -> KafkaError {
    let operation = "produce to \(String(cString: rd_kafka_topic_name(topic.pointer)))"
    switch code {
    case RD_KAFKA_RESP_ERR__FATAL:
      return handle.deathReason(operation) ?? KafkaError(code, operation)
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return KafkaError(
        code, operation,
        reason: "the record's \(byteCount) bytes exceed message.max.bytes=\(messageBytesMaximum)",
        recovery: .skipRecord)
    // The transaction has failed already; the commit would say the same.
    case RD_KAFKA_RESP_ERR__STATE:
      return KafkaError(
        code, operation, reason: "no transaction is open, or it has failed",
        recovery: .abortTransaction)
    default: return KafkaError(code, operation)
    }
  }

  /// Serves callbacks without waiting; needed only when nothing is produced for long.
  package func poll() { rd_kafka_poll(handle.pointer, 0) }

  /// Records that are not delivered yet.
  package var outstandingCount: Int { Int(rd_kafka_outq_len(handle.pointer)) }

  /// Waits until every record is delivered.
  /// - Throws: the first failed delivery since the last call, or `_TIMED_OUT`.
  package func flush(timeout: Duration) throws(KafkaError) {
    drain(until: ContinuousClock.now + timeout)
    if let error = handle.deathReason("deliver records") { throw error }
    if let failure = handle.state.deliveries.take() { throw failure }
    if outstandingCount > 0 {
      throw KafkaError(
        RD_KAFKA_RESP_ERR__TIMED_OUT, "deliver records",
        reason: "\(outstandingCount) are still on their way\(handle.state.lastErrorText)")
    }
  }

  /// The topics to which a broker has refused records, for what the records are, since the last call.
  package func takeRefusingTopics() -> Set<String> {
    handle.state.deliveries.takeRefusingTopics()
  }

  /// Waits in slices of a millisecond: librdkafka's own flush looks only every 10 ms whether it is
  /// done, because successful deliveries have no callback that would wake it. A long queue is left
  /// to it, since every slice wakes the broker threads.
  func drain(until deadline: ContinuousClock.Instant) {
    let sliceEnd = 500
    while ContinuousClock.now < deadline {
      let slice: Int32 = outstandingCount > sliceEnd ? 20 : 1
      if rd_kafka_flush(handle.pointer, slice) == RD_KAFKA_RESP_ERR_NO_ERROR { return }
    }
  }

  /// Throws away what is not delivered, within `timeout`; flush, commit or abort before.
  package func close(timeout: Duration) {
    if isClosed { return }
    isClosed = true
    let flags = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
    rd_kafka_purge(handle.pointer, flags)
    drain(until: ContinuousClock.now + timeout)
    releaseTopics()
  }

  private func releaseTopics() {
    for topic in topics { rd_kafka_topic_destroy(topic) }
    topics.removeAll()
  }
}
