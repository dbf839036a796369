import CLibrdkafka

/// Why ``KafkaConsumer/pollBatch(into:maxMessages:maxBytes:deadline:)`` came back. The batch
/// may hold messages in every case.
package enum PollOutcome: Sendable, Equatable {
  /// There are messages or events.
  case ready
  case deadline
  /// ``KafkaWaker/wake()`` was called.
  case woken
  /// Must be answered before the next poll. Messages in the batch are from before it: after
  /// `revoked` they may still be processed and committed, after `lost` they must not.
  case rebalance(KafkaRebalance)
}

/// A member of a consumer group, or a reader of partitions it was given; owned by one thread.
///
/// A class rather than a `~Copyable` struct, because a worker that is generic over its source holds
/// it behind a protocol; it is not `Sendable`, so the compiler keeps it on its thread. Offsets are
/// only committed explicitly, and assignment is eager: a rebalance takes everything and then gives
/// anew. Without ``close(timeout:)`` it ends as a crash would: the group waits for the session
/// timeout.
package final class KafkaConsumer {
  let handle: ClientHandle
  /// For other threads.
  package let waker: KafkaWaker
  private var topicTable = TopicTable()
  private var isClosed = false

  /// - Throws: if a property is refused, or asks for what this type can't do: automatic commits or
  ///   cooperative assignment.
  package init(
    _ configuration: KafkaConfiguration, log: @escaping KafkaLogHandler
  ) throws(KafkaError) {
    var configuration = configuration
    configuration.setDefault("enable.auto.commit", "false")
    configuration.setDefault("enable.auto.offset.store", "false")
    try Self.refuse(configuration, "enable.auto.commit", "true", "offsets are committed explicitly")
    try Self.refuse(
      configuration, "partition.assignment.strategy", "cooperative", "assignment is eager")
    handle = try ClientHandle(RD_KAFKA_CONSUMER, configuration, log: log)
    // Everything arrives on one queue, which every poll must then serve.
    rd_kafka_poll_set_consumer(handle.pointer)
    waker = KafkaWaker(handle.pointer)
  }

  deinit {
    topicTable.close()
    waker.close()
  }

  private static func refuse(
    _ configuration: KafkaConfiguration, _ name: String, _ value: String, _ reason: String
  ) throws(KafkaError) {
    guard let given = configuration[name], given.contains(value) else { return }
    throw KafkaError(
      RD_KAFKA_RESP_ERR__INVALID_ARG, "set the property \"\(name)\"",
      reason: "\"\(given)\" is not supported: \(reason)", recovery: .exit)
  }

  /// Topic names by ``KafkaMessage/topicIndex``: the subscribed ones in their order, then others as
  /// they are assigned or seen.
  package var topics: [String] { topicTable.names }

  /// Joins the group. Partitions arrive as ``PollOutcome/rebalance(_:)``.
  package func subscribe(_ topics: [String]) throws(KafkaError) {
    topicTable.reserve(topics)
    let list = PartitionList(topics: topics)
    try check(rd_kafka_subscribe(handle.pointer, list.pointer), "subscribe to \(topics)")
  }

  /// Starts reading at the given offsets: the answer to `assigned`, or, without a subscription, a
  /// choice of partitions that needs no group membership.
  package func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
    topicTable.reserve(offsets.map(\.partition.topic))
    let list = PartitionList(offsets)
    handle.state.pendingRebalance = nil
    try check(rd_kafka_assign(handle.pointer, list.pointer), "take over partitions")
  }

  /// Gives up all partitions: the answer to `revoked` and `lost`.
  package func unassign() throws(KafkaError) {
    handle.state.pendingRebalance = nil
    try check(rd_kafka_assign(handle.pointer, nil), "give up partitions")
  }

  /// Adds messages to the batch until it holds `maxMessages` or `maxBytes`, or nothing more is
  /// there; with nothing at all, waits until `deadline`.
  ///
  /// Accumulates over the single-message poll, because librdkafka 2.0.2's batch call gives no
  /// guarantees across rebalances, seeks and pauses (its changelog repairs it up to 2.13).
  /// - Throws: errors after which a new client or a new start is needed; transient ones become
  ///   events.
  /// - Precondition: the last rebalance is answered.
  package func pollBatch(
    into batch: inout MessageBatch, maxMessages: Int, maxBytes: Int,
    deadline: ContinuousClock.Instant
  ) throws(KafkaError) -> PollOutcome {
    precondition(!isClosed, "poll of a closed consumer")
    let state = handle.state
    precondition(state.pendingRebalance == nil, "poll before the rebalance was answered")
    let client = handle.pointer
    batch.retain(handle)
    var lastTopic: OpaquePointer?
    var lastIndex = 0
    var timeout: Int32 = 0
    while batch.count < maxMessages, batch.byteCount < maxBytes {
      if let message = rd_kafka_consumer_poll(client, timeout) {
        timeout = 0
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.pointee.rkt {
          if topic != lastTopic {
            lastIndex = try topicTable.index(of: topic, client: handle)
            lastTopic = topic
          }
          batch.append(KafkaMessage(pointer: message, topicIndex: lastIndex))
        } else {
          defer { rd_kafka_message_destroy(message) }
          try acceptError(message)
        }
        continue
      }
      if let rebalance = state.pendingRebalance { return .rebalance(rebalance) }
      if waker.takeWake() { return .woken }
      if !batch.isEmpty || !state.events.isEmpty { return .ready }
      let now = ContinuousClock.now
      if now >= deadline { return .deadline }
      timeout = (deadline - now).milliseconds
    }
    return .ready
  }

  private func acceptError(_ message: UnsafeMutablePointer<rd_kafka_message_t>) throws(KafkaError) {
    let code = message.pointee.err
    if code == RD_KAFKA_RESP_ERR__FATAL, let error = handle.deathReason("consume") { throw error }
    var operation = "consume"
    if let topic = message.pointee.rkt {
      let partition = TopicPartition(
        String(cString: rd_kafka_topic_name(topic)), message.pointee.partition)
      if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
        handle.state.events.append(.partitionEnd(partition, offset: message.pointee.offset))
        return
      }
      operation += partition.partition >= 0 ? " \(partition)" : " \(partition.topic)"
    }
    let reason = rd_kafka_message_errstr(message).map { String(cString: $0) }
    let error = KafkaError(code, operation, reason: reason)
    switch error.recovery {
    case .exit, .recreateClient: throw error
    case .retry, .abortTransaction, .skipRecord: handle.state.events.append(.error(error))
    }
  }

  /// What happened besides records since the last call.
  package func takeEvents() -> [KafkaEvent] { handle.state.events.take() }

  /// Leaves the group within `timeout`, giving up partitions without asking; commit before. Batches
  /// of this consumer stay readable.
  /// - Returns: whether the group was left in time (a static member stays in it by design); if
  ///   not, the group notices by the session timeout.
  @discardableResult
  package func close(timeout: Duration) throws(KafkaError) -> Bool {
    if isClosed { return true }
    isClosed = true
    defer {
      topicTable.close()
      waker.close()
    }
    let client = handle.pointer
    let deadline = ContinuousClock.now + timeout
    let queue = rd_kafka_queue_new(client)
    defer { rd_kafka_queue_destroy(queue) }
    if handle.state.pendingRebalance != nil { try unassign() }
    if let error = rd_kafka_consumer_close_queue(client, queue) {
      throw KafkaError(consuming: error, "leave the consumer group")
    }
    while rd_kafka_consumer_closed(client) == 0, ContinuousClock.now < deadline {
      // As events, because messages that are still queued arrive here too, and serving callbacks
      // would abort the process at the first of them.
      guard let event = rd_kafka_queue_poll(queue, 20) else { continue }
      defer { rd_kafka_event_destroy(event) }
      if rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE { try unassign() }
    }
    return rd_kafka_consumer_closed(client) != 0
  }
}
