package import KafkaClient
package import Pipeline
package import TimeSeries

/// Writes records to Kafka, and commits the offsets of the messages they were made from.
///
/// With a `transactional.id`, one transaction commits the records and the offsets. Without one, the
/// records are flushed before the offsets are committed; after a crash in between, some records are
/// written again.
package final class KafkaSink: ChannelSink {
  /// The topic names of the outputs in use.
  package typealias Topics = [OutputTopic: String]

  private let producer: KafkaProducer
  private let consumer: KafkaConsumer
  private let isTransactional: Bool
  private var topics: [ProducerTopic?]
  private var isInTransaction = false
  private var headersByIdentity: [ObjectIdentifier: (source: RecordHeaders, kafka: KafkaHeaders)] =
    [:]
  /// The headers of the last record. They are kept because most records have the same as the one
  /// before.
  private var lastHeaders: (source: RecordHeaders, kafka: KafkaHeaders)?
  private let refusals: RefusedRecords
  private let onSkipped: @Sendable (OutputTopic, String) -> Void
  private let outputs: [String: OutputTopic]
  /// Records left out since the last commit, which reports them: an attempt that fails is made again.
  private var skipped: [(topic: OutputTopic, reason: String)] = []
  /// The number of partitions of the points topic; 0 before it is known.
  private var pointsPartitionCount = 0
  private let recordBytesMaximum: [Int]
  private let hooks: TransportHooks
  private var sentCount: UInt32 = 0
  private static let commitTimeout: Duration = .seconds(20)
  private static let questionTimeout: Duration = .seconds(5)
  /// What a batch of one record has besides key, value and headers.
  private static let batchOverheadBytes = 128

  /// - Parameters:
  ///   - bytesMaximum: `max.message.bytes` of the topics for which it is known.
  ///   - refusals: what the thread knows of records that brokers refuse; it outlives the sink.
  ///   - onSkipped: called for a record that is left out because no broker, or not this topic, takes
  ///     it, with the reason.
  package init(
    _ configuration: KafkaConfiguration, topics names: Topics, source: KafkaSource,
    bytesMaximum: [OutputTopic: Int] = [:], refusals: RefusedRecords,
    hooks: TransportHooks = TransportHooks(), log: @escaping KafkaLogHandler,
    onSkipped: @escaping @Sendable (OutputTopic, String) -> Void
  ) throws(TransportError) {
    self.refusals = refusals
    self.hooks = hooks
    self.onSkipped = onSkipped
    outputs = Dictionary(names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    consumer = source.consumer
    isTransactional = configuration.transactionalID != nil
    topics = Array(repeating: nil, count: OutputTopic.allCases.count)
    do throws(KafkaError) {
      let configuration = Self.fitBatches(of: configuration, into: bytesMaximum)
      producer = try KafkaProducer(
        configuration, queueFullTimeout: Self.commitTimeout, log: log)
      hooks.onProgress()
      if isTransactional { try producer.initTransactions(timeout: .seconds(20)) }
      hooks.onProgress()
      for (topic, name) in names { topics[topic.rawValue] = try producer.topic(name) }
    } catch {
      throw TransportError(error)
    }
    let clientMaximum = producer.messageBytesMaximum
    recordBytesMaximum = OutputTopic.allCases.map {
      min(bytesMaximum[$0] ?? .max, clientMaximum) - Self.batchOverheadBytes
    }
  }

  /// A broker compares the size of a batch with the bound of its topic, whatever the records in it.
  private static func fitBatches(
    of configuration: KafkaConfiguration, into bytesMaximum: [OutputTopic: Int]
  ) -> KafkaConfiguration {
    let defaultBytes = 1_000_000
    let bytes = configuration["batch.size"].map { Int($0) ?? defaultBytes } ?? defaultBytes
    guard let least = bytesMaximum.values.min(), least < bytes else { return configuration }
    var configuration = configuration
    configuration["batch.size"] = String(max(1, least))
    return configuration
  }

  package func recordBytesMaximum(of topic: OutputTopic) -> Int {
    recordBytesMaximum[topic.rawValue]
  }

  @discardableResult
  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    try send(
      topic, partition: .byKey, key: key, value: value, headers: headers, timestamp: timestamp)
  }

  private func send(
    _ topic: OutputTopic, partition: PartitionChoice, key: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer, headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    guard let target = topics[topic.rawValue] else {
      preconditionFailure("\(topic) is sent to only where it is configured")
    }
    var record: RefusedRecords.Fingerprint?
    if refusals.isActive {
      let fingerprint = RefusedRecords.fingerprint(
        topic, key: key, value: value, headers: headers, timestamp: timestamp)
      guard !refusals.isRefused(fingerprint) else {
        return skip(topic, "its size or timestamp is out of the topic's bounds")
      }
      if refusals.isSuspect(fingerprint) { try awaitDelivery() }
      record = fingerprint
    }
    do throws(KafkaError) {
      try beginIfNeeded()
      try producer.produce(
        to: target, partition: partition, key: key.isEmpty ? nil : key, value: value,
        timestampMilliseconds: timestamp, headers: kafkaHeaders(headers))
    } catch {
      guard error.recovery == .skipRecord else { throw remedy(error) }
      return skip(topic, error.reason)
    }
    // A queue that is full holds up each record.
    sentCount &+= 1
    if sentCount & 255 == 0 { hooks.onProgress() }
    if let record, refusals.noteSent(record, to: topic) { try awaitDelivery() }
    return .sent
  }

  private func skip(_ topic: OutputTopic, _ reason: String) -> SendOutcome {
    skipped.append((topic, reason))
    return .refused(reason)
  }

  package func pointsTopicHasRecords() -> Bool {
    guard let name = outputs.first(where: { $0.value == .points })?.key else { return false }
    hooks.onProgress()
    defer { hooks.onProgress() }
    do throws(KafkaError) {
      let count = try consumer.partitionCount(ofTopic: name, timeout: Self.questionTimeout)
      let partitions = (0..<count).map { TopicPartition(name, Int32($0)) }
      return try consumer.ends(partitions, timeout: Self.questionTimeout).contains { $0 > 0 }
    } catch {
      // Nobody is warned then; what cannot be reached shows elsewhere.
      return false
    }
  }

  package func sendPoints(
    key: UnsafeRawBufferPointer, placement: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer, headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) {
    let target = try knownPointsTopic()
    _ = try send(
      .points,
      partition: .explicit(target.partition(ofKey: placement, count: pointsPartitionCount)),
      key: key, value: value, headers: headers, timestamp: timestamp)
  }

  /// The points topic, whose number of partitions is known afterwards.
  private func knownPointsTopic() throws(TransportError) -> ProducerTopic {
    guard let target = topics[OutputTopic.points.rawValue] else {
      preconditionFailure("a router has a points topic")
    }
    guard pointsPartitionCount == 0 else { return target }
    do throws(KafkaError) {
      pointsPartitionCount = try producer.partitionCount(of: target)
    } catch {
      throw remedy(error)
    }
    return target
  }

  package func sendToAllPointsPartitions(
    key: UnsafeRawBufferPointer, timestamp: Milliseconds
  ) throws(TransportError) {
    let target = try knownPointsTopic()
    do throws(KafkaError) {
      try beginIfNeeded()
      for partition in 0..<pointsPartitionCount {
        try producer.produce(
          to: target, partition: .explicit(Int32(partition)), key: key, value: nil,
          timestampMilliseconds: timestamp)
      }
    } catch {
      throw remedy(error)
    }
  }

  /// Waits until the records that were sent are delivered, in the search for one that is refused.
  private func awaitDelivery() throws(TransportError) {
    hooks.onProgress()
    do throws(KafkaError) {
      try producer.flush(timeout: Self.commitTimeout)
    } catch {
      throw failure(error)
    }
    refusals.noteDelivered()
  }

  /// The remedy for a failed delivery or commit. Records that a broker has refused are searched in the
  /// next attempt, which without transactions only new clients make.
  private func failure(_ error: KafkaError) -> TransportError {
    let refusing = producer.takeRefusingTopics().compactMap { outputs[$0] }
    guard !refusing.isEmpty else {
      refusals.beginAttempt()
      return remedy(error)
    }
    refusals.noteRefusal(by: refusing)
    return isTransactional ? .abortTransaction("\(error)") : .rebuild("\(error)")
  }

  /// Without transactions there is nothing to abort: new clients go on from the last commit.
  private func remedy(_ error: KafkaError) -> TransportError {
    let remedy = TransportError(error)
    guard case .abortTransaction(let reason) = remedy, !isTransactional else { return remedy }
    return .rebuild(reason)
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) {
    let positions = offsets.map {
      KafkaClient.PartitionOffset(
        $0.partition.kafka, .at($0.committed.offset), metadata: $0.committed.metadata)
    }
    hooks.onCommit()
    hooks.onProgress()
    defer { hooks.onProgress() }
    do throws(KafkaError) {
      if isTransactional {
        guard isInTransaction || !positions.isEmpty else { return }
        try beginIfNeeded()
        if !positions.isEmpty {
          try producer.sendOffsets(
            positions, group: try consumer.groupMetadata(), timeout: Self.commitTimeout)
          hooks.onProgress()
        }
        try producer.commit(timeout: Self.commitTimeout)
        isInTransaction = false
      } else {
        try producer.flush(timeout: Self.commitTimeout)
        hooks.onProgress()
        if !positions.isEmpty { try consumer.commitSync(positions, timeout: Self.commitTimeout) }
      }
    } catch {
      throw failure(error)
    }
    refusals.noteCommit()
    for record in skipped { onSkipped(record.topic, record.reason) }
    skipped.removeAll()
    forgetOldHeaders()
  }

  package func abort() throws(TransportError) {
    skipped.removeAll()
    guard isTransactional, isInTransaction else { return }
    isInTransaction = false
    refusals.beginAttempt()
    hooks.onProgress()
    defer { hooks.onProgress() }
    try transport { () throws(KafkaError) in try producer.abort(timeout: Self.commitTimeout) }
  }

  package func close(timeout: Duration) { producer.close(timeout: timeout) }

  private func beginIfNeeded() throws(KafkaError) {
    guard isTransactional, !isInTransaction else { return }
    try producer.begin()
    isInTransaction = true
  }

  /// The client's form of a set of headers, made once for each set. The set is retained, so that no
  /// other set can have its identity.
  private func kafkaHeaders(_ headers: RecordHeaders) -> KafkaHeaders {
    if let lastHeaders, lastHeaders.source === headers { return lastHeaders.kafka }
    let known = headersByIdentity[ObjectIdentifier(headers)]?.kafka
    let made = known ?? KafkaHeaders()
    if known == nil {
      for header in headers.headers { made.add(header.name, header.value) }
      headersByIdentity[ObjectIdentifier(headers)] = (headers, made)
    }
    lastHeaders = (headers, made)
    return made
  }

  /// Drops the cached headers at a commit, if there are many. Each dead letter has headers of its
  /// own, which would accumulate.
  private func forgetOldHeaders() {
    if headersByIdentity.count > 64 { headersByIdentity.removeAll(keepingCapacity: true) }
  }
}
