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
  private static let commitTimeout: Duration = .seconds(20)

  /// - Parameters:
  ///   - refusals: what the thread knows of records that brokers refuse; it outlives the sink.
  ///   - onSkipped: called for a record that is left out because no broker, or not this topic, takes
  ///     it, with the reason.
  package init(
    _ configuration: KafkaConfiguration, topics names: Topics, source: KafkaSource,
    refusals: RefusedRecords, log: @escaping KafkaLogHandler,
    onSkipped: @escaping @Sendable (OutputTopic, String) -> Void
  ) throws(TransportError) {
    self.refusals = refusals
    self.onSkipped = onSkipped
    outputs = Dictionary(names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    consumer = source.consumer
    isTransactional = configuration.transactionalID != nil
    topics = Array(repeating: nil, count: OutputTopic.allCases.count)
    do throws(KafkaError) {
      producer = try KafkaProducer(configuration, log: log)
      if isTransactional { try producer.initTransactions(timeout: .seconds(30)) }
      for (topic, name) in names { topics[topic.rawValue] = try producer.topic(name) }
    } catch {
      throw TransportError(error)
    }
  }

  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) {
    guard let target = topics[topic.rawValue] else {
      preconditionFailure("\(topic) is sent to only where it is configured")
    }
    var record: RefusedRecords.Fingerprint?
    if refusals.isActive {
      let fingerprint = RefusedRecords.fingerprint(topic, key: key, value: value)
      guard !refusals.isRefused(fingerprint) else {
        skipped.append(
          (topic, "the broker refuses it: its size or timestamp is out of the topic's bounds"))
        return
      }
      if refusals.isSuspect(fingerprint) { try awaitDelivery() }
      record = fingerprint
    }
    do throws(KafkaError) {
      try beginIfNeeded()
      try producer.produce(
        to: target, partition: .byKey, key: key.isEmpty ? nil : key, value: value,
        timestampMilliseconds: timestamp, headers: kafkaHeaders(headers))
    } catch {
      guard error.recovery == .skipRecord else { throw TransportError(error) }
      skipped.append((topic, "\(error)"))
      return
    }
    if let record, refusals.noteSent(record, to: topic) { try awaitDelivery() }
  }

  package func sendToAllPointsPartitions(
    key: UnsafeRawBufferPointer, timestamp: Milliseconds
  ) throws(TransportError) {
    guard let target = topics[OutputTopic.points.rawValue] else {
      preconditionFailure("a router has a points topic")
    }
    do throws(KafkaError) {
      if pointsPartitionCount == 0 {
        pointsPartitionCount = try producer.partitionCount(of: target)
      }
      try beginIfNeeded()
      for partition in 0..<pointsPartitionCount {
        try producer.produce(
          to: target, partition: .explicit(Int32(partition)), key: key, value: nil,
          timestampMilliseconds: timestamp)
      }
    } catch {
      throw TransportError(error)
    }
  }

  /// Waits until the records that were sent are delivered, in the search for one that is refused.
  private func awaitDelivery() throws(TransportError) {
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
      return TransportError(error)
    }
    refusals.noteRefusal(by: refusing)
    return isTransactional ? .abortTransaction("\(error)") : .rebuild("\(error)")
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) {
    let positions = offsets.map {
      KafkaClient.PartitionOffset(
        $0.partition.kafka, .at($0.committed.offset), metadata: $0.committed.metadata)
    }
    do throws(KafkaError) {
      if isTransactional {
        guard isInTransaction || !positions.isEmpty else { return }
        try beginIfNeeded()
        if !positions.isEmpty {
          try producer.sendOffsets(
            positions, group: try consumer.groupMetadata(), timeout: Self.commitTimeout)
        }
        try producer.commit(timeout: Self.commitTimeout)
        isInTransaction = false
      } else {
        try producer.flush(timeout: Self.commitTimeout)
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
