import CLibrdkafka

/// Deliveries that failed since the owner was last told.
struct DeliveryFailures {
  private(set) var count = 0
  private(set) var first: KafkaError?
  /// Topics to which a broker refused records for what they are.
  private(set) var refusingTopics: Set<String> = []

  mutating func record(_ message: UnsafePointer<rd_kafka_message_t>) {
    switch message.pointee.err {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return
    // Thrown away by an abort or a close that the owner asked for.
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return
    case let code:
      count += 1
      let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
      if Self.isRefusal(code) { refusingTopics.insert(topic) }
      guard first == nil else { return }
      first = KafkaError(
        code,
        "deliver a record of \(message.pointee.len) bytes to"
          + " \(TopicPartition(topic, message.pointee.partition))")
    }
  }

  /// Whether a broker would refuse the same record again: it is too large for the topic, its timestamp
  /// is out of the topic's bounds, or the topic does not take such records. One such record makes the
  /// broker refuse the whole batch that it is in.
  private static func isRefusal(_ code: rd_kafka_resp_err_t) -> Bool {
    switch code {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
      RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, RD_KAFKA_RESP_ERR_INVALID_RECORD,
      RD_KAFKA_RESP_ERR_INVALID_MSG:
      true
    default: false
    }
  }

  mutating func takeRefusingTopics() -> Set<String> {
    defer { refusingTopics.removeAll() }
    return refusingTopics
  }

  /// The first failure, with the number of all; forgets them.
  mutating func take() -> KafkaError? {
    defer {
      count = 0
      first = nil
    }
    guard let first, count > 1 else { return first }
    return KafkaError(
      rd_kafka_resp_err_t(first.code), first.operation,
      reason: "\(first.reason), and \(count - 1) more deliveries failed")
  }
}
