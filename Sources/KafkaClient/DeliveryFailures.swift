import CLibrdkafka

/// Deliveries that failed since the owner was last told.
struct DeliveryFailures {
  private(set) var count = 0
  private(set) var first: KafkaError?

  mutating func record(_ message: UnsafePointer<rd_kafka_message_t>) {
    switch message.pointee.err {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return
    // Thrown away by an abort or a close that the owner asked for.
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return
    case let code:
      count += 1
      guard first == nil else { return }
      let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
      first = KafkaError(
        code,
        "deliver a record of \(message.pointee.len) bytes to"
          + " \(TopicPartition(topic, message.pointee.partition))")
    }
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
