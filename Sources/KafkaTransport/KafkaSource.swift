package import KafkaClient
package import Pipeline
package import TimeSeries

/// Reads messages from Kafka, as one member of a consumer group.
package final class KafkaSource: ChannelSource {
  let consumer: KafkaConsumer
  private var batch = MessageBatch(capacity: 4096)
  /// A rebalance that ended a poll with messages; the next poll returns it.
  private var pending: PollResult?
  /// Slot numbers, as `slots[topic index][partition]`; -1 if this member does not own the
  /// partition.
  private var slots: [[Int]] = []
  private var ends = PartitionEnds()
  private let events: @Sendable (KafkaEvent) -> Void
  private let hooks: TransportHooks
  /// Whether the group has said which partitions this member has; they may be none.
  package private(set) var isAssigned = false
  /// Whether a broker can be reached, as far as the client says and requests show.
  package private(set) var isReachable = true
  private var nextReachCheck = ContinuousClock.now
  private var assigned: [PartitionID] = []
  private static let requestTimeout: Duration = .seconds(15)
  /// For requests between two turns of the worker's loop, which must not block it for long.
  private static let shortTimeout: Duration = .seconds(2)

  /// - Parameter events: called for each event of the client, such as a transient error. The worker
  ///   does not handle these.
  package init(
    _ configuration: KafkaConfiguration, topics: [String], hooks: TransportHooks = TransportHooks(),
    log: @escaping KafkaLogHandler, events: @escaping @Sendable (KafkaEvent) -> Void
  ) throws(TransportError) {
    self.events = events
    self.hooks = hooks
    do throws(KafkaError) {
      consumer = try KafkaConsumer(configuration, log: log)
      try consumer.subscribe(topics)
    } catch {
      throw TransportError(error)
    }
  }

  /// Ends a blocked poll from another thread.
  package var waker: KafkaWaker { consumer.waker }

  package func clusterID() throws(TransportError) -> String {
    try request { () throws(KafkaError) in
      try consumer.clusterID(timeout: Self.requestTimeout)
    }
  }

  package func poll(
    _ limits: BatchLimits, into messages: inout [InputMessage]
  ) throws(TransportError) -> PollResult {
    batch.removeAll()
    if let result = pending {
      pending = nil
      return result
    }
    let outcome: PollOutcome
    do throws(KafkaError) {
      outcome = try consumer.pollBatch(
        into: &batch, maxMessages: limits.messagesMaximum, maxBytes: limits.bytesMaximum,
        deadline: .now + .milliseconds(limits.waitMilliseconds))
    } catch {
      throw TransportError(error)
    }
    for event in consumer.takeEvents() {
      if case .partitionEnd(let partition, let offset) = event {
        ends.note(end: offset, slot: slot(of: PartitionID(partition)))
        isReachable = true
      }
      if case .allBrokersDown = event { isReachable = false }
      events(event)
    }
    if !isReachable { checkReach() }
    var result = PollResult.messages
    if case .rebalance(let rebalance) = outcome {
      result = PollResult(rebalance)
      if case .lost = result {
        batch.removeAll()
        return result
      }
    }
    lend(to: &messages)
    // Messages from before a revocation are still processed and committed by this member.
    if result != .messages, !messages.isEmpty {
      pending = result
      return .messages
    }
    return result
  }

  /// The client says when it has lost all brokers, but not when it has found one again.
  private func checkReach() {
    if !batch.isEmpty { isReachable = true }
    guard !isReachable, let partition = assigned.first, ContinuousClock.now >= nextReachCheck else {
      return
    }
    isReachable = findEnd(partition) != .unknown
    nextReachCheck = .now + .seconds(2)
  }

  private func lend(to messages: inout [InputMessage]) {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    for index in 0..<batch.count {
      let message = batch[index]
      let slot = slot(ofTopic: message.topicIndex, partition: message.partition)
      guard slot >= 0 else { continue }
      ends.note(delivered: message.offset, slot: slot)
      let timestamp = message.timestamp
      messages.append(
        InputMessage(
          slot: slot, offset: message.offset, recordTime: timestamp?.milliseconds,
          recordClock: timestamp?.kind == .logAppendTime ? .broker : .producer,
          key: message.key ?? nothing, value: message.value ?? nothing))
    }
  }

  private func slot(ofTopic topic: Int, partition: Int32) -> Int {
    guard topic < slots.count, Int(partition) < slots[topic].count else { return -1 }
    return slots[topic][Int(partition)]
  }

  private func slot(of id: PartitionID) -> Int {
    consumer.topics.firstIndex(of: id.topic).map { slot(ofTopic: $0, partition: id.partition) }
      ?? -1
  }

  package func start(_ positions: [StartPosition]) throws(TransportError) {
    try transport { () throws(KafkaError) in
      try consumer.assign(
        positions.map { position in
          KafkaClient.PartitionOffset(
            position.partition.topic, position.partition.partition, KafkaOffset(position.offset))
        })
    }
    isAssigned = true
    isReachable = true
    assigned = positions.map(\.partition)
    let topics = consumer.topics
    slots = Array(repeating: [], count: topics.count)
    ends = PartitionEnds()
    for position in positions {
      guard let topic = topics.firstIndex(of: position.partition.topic) else { continue }
      let partition = Int(position.partition.partition)
      while slots[topic].count <= partition { slots[topic].append(-1) }
      slots[topic][partition] = position.slot
    }
  }

  package func release() throws(TransportError) {
    isAssigned = false
    assigned.removeAll()
    slots.removeAll()
    ends = PartitionEnds()
    try transport { () throws(KafkaError) in try consumer.unassign() }
  }

  package func committed(_ partition: PartitionID) throws(TransportError) -> CommittedOffset? {
    try request { () throws(KafkaError) in
      let found = try consumer.committed([partition.kafka], timeout: Self.requestTimeout)
      guard let first = found.first, let offset = first.offset.value else { return nil }
      return CommittedOffset(offset: offset, metadata: first.metadata)
    }
  }

  package func logRange(_ partition: PartitionID) throws(TransportError) -> Range<Int64> {
    try request { () throws(KafkaError) in
      let range = try consumer.watermarks(partition.kafka, timeout: Self.requestTimeout)
      return range.low..<max(range.low, range.high)
    }
  }

  package func offset(
    _ partition: PartitionID, at time: Milliseconds
  ) throws(TransportError) -> Int64? {
    try request { () throws(KafkaError) in
      try consumer.offsets(
        [partition.kafka], atTimestampMilliseconds: max(0, time), timeout: Self.requestTimeout
      ).first?.offset.value
    }
  }

  package func knownEnd(_ partition: PartitionID) -> Int64? {
    consumer.cachedWatermarks(partition.kafka)?.high
  }

  package func isAtEnd(_ partition: PartitionID) -> Bool {
    ends.isAtEnd(slot: slot(of: partition), knownEnd: knownEnd(partition))
  }

  package func findEnd(_ partition: PartitionID) -> EndOfLog {
    hooks.onProgress()
    do throws(KafkaError) {
      let end = try consumer.watermarks(partition.kafka, timeout: Self.shortTimeout).high
      return ends.isAtEnd(slot: slot(of: partition), knownEnd: end) ? .reached : .notReached
    } catch {
      events(.error(error))
      return .unknown
    }
  }

  package func findEnds(_ partitions: [PartitionID]) -> [Int64?] {
    hooks.onProgress()
    do throws(KafkaError) {
      return try consumer.ends(partitions.map(\.kafka), timeout: .seconds(1))
    } catch {
      events(.error(error))
    }
    // One leader that is away fails the request for all, so each is asked by itself, until two have not
    // answered.
    var unanswered = 0
    return partitions.map { partition in
      guard unanswered < 2 else { return nil }
      do throws(KafkaError) {
        return try consumer.watermarks(partition.kafka, timeout: .milliseconds(300)).high
      } catch {
        unanswered += 1
        return nil
      }
    }
  }

  package func readThrough(_ partition: PartitionID) -> Int64 {
    ends.readThrough(slot: slot(of: partition))
  }

  package func partitionCount(ofTopic topic: String) throws(TransportError) -> Int {
    try transport { () throws(KafkaError) in
      try consumer.partitionCount(ofTopic: topic, timeout: Self.requestTimeout)
    }
  }

  package func setPaused(
    _ partition: PartitionID, _ isPaused: Bool
  ) throws(TransportError) {
    try transport { () throws(KafkaError) in
      if isPaused {
        try consumer.pause([partition.kafka])
      } else {
        try consumer.resume([partition.kafka])
      }
    }
  }

  package func seek(_ partition: PartitionID, to offset: Int64) throws(TransportError) {
    batch.removeAll()
    ends.forget(slot: slot(of: partition))
    try request { () throws(KafkaError) in
      try consumer.seek(
        [KafkaClient.PartitionOffset(partition.kafka, .at(offset))], timeout: Self.requestTimeout)
    }
  }

  /// Makes a request that waits for its answer.
  private func request<Result>(
    _ body: () throws(KafkaError) -> Result
  ) throws(TransportError) -> Result {
    hooks.onProgress()
    defer { hooks.onProgress() }
    return try transport(body)
  }

  /// Leaves the group, within `timeout`.
  package func close(timeout: Duration) {
    batch.removeAll()
    do throws(KafkaError) {
      try consumer.close(timeout: timeout)
    } catch {
      events(.error(error))
    }
  }
}

/// Runs a call of the client. Its error becomes a `TransportError`, which says what the worker must
/// do.
func transport<Result>(
  _ body: () throws(KafkaError) -> Result
) throws(TransportError) -> Result {
  do throws(KafkaError) {
    return try body()
  } catch {
    throw TransportError(error)
  }
}

extension TransportError {
  init(_ error: KafkaError) {
    self =
      switch error.recovery {
      case .abortTransaction, .skipRecord: .abortTransaction("\(error)")
      case .retry, .recreateClient: .rebuild("\(error)")
      case .exit: .fatal("\(error)")
      }
  }
}

extension PartitionID {
  var kafka: TopicPartition { TopicPartition(topic, partition) }

  init(_ partition: TopicPartition) {
    self.init(topic: partition.topic, partition: partition.partition)
  }
}

extension KafkaOffset {
  init(_ start: StartOffset) {
    self =
      switch start {
      case .at(let offset): .at(offset)
      case .earliest: .beginning
      case .latest: .end
      }
  }
}

extension PollResult {
  init(_ rebalance: KafkaRebalance) {
    self =
      switch rebalance {
      case .assigned(let partitions): .assigned(partitions.map(PartitionID.init))
      case .revoked(let partitions): .revoked(partitions.map(PartitionID.init))
      case .lost(let partitions): .lost(partitions.map(PartitionID.init))
      }
  }
}
