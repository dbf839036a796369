import CLibrdkafka

/// The transaction calls, in the order of use: ``initTransactions(timeout:)`` once; then for every
/// transaction ``begin()``, records, ``sendOffsets(_:group:timeout:)``, ``commit(timeout:)``, or
/// ``abort(timeout:)`` when an error's recovery says so.
///
/// Calls retry within their timeout what librdkafka calls retriable. A call that throws with
/// recovery `retry` timed out and may be called again; it then goes on where it was.
///
/// After a record that a broker refused, librdkafka 2.0.2 fails the next transaction too, with
/// `OUT_OF_ORDER_SEQUENCE_NUMBER` and recovery `abortTransaction`; the one after that works.
extension KafkaProducer {
  /// Registers the `transactional.id`, which fences an earlier producer of the same id and waits
  /// for its open transaction to be aborted.
  package func initTransactions(timeout: Duration) throws(KafkaError) {
    let client = handle.pointer
    try retry("initialise transactions", timeout) { rd_kafka_init_transactions(client, $0) }
  }

  package func begin() throws(KafkaError) {
    if let error = rd_kafka_begin_transaction(handle.pointer) {
      throw KafkaError(consuming: error, "begin a transaction")
    }
  }

  /// Makes the consumer's progress part of the transaction.
  package func sendOffsets(
    _ offsets: [PartitionOffset], group: borrowing ConsumerGroupMetadata, timeout: Duration
  ) throws(KafkaError) {
    let client = handle.pointer
    let metadata = group.pointer
    let list = PartitionList(offsets)
    let partitions = list.pointer
    try retry("send offsets to the transaction", timeout) {
      rd_kafka_send_offsets_to_transaction(client, partitions, metadata, $0)
    }
  }

  /// Waits for all records and commits.
  /// - Throws: with the first failed delivery in the reason, if that is why.
  package func commit(timeout: Duration) throws(KafkaError) {
    let client = handle.pointer
    let deadline = ContinuousClock.now + timeout
    drain(until: deadline)
    try retry("commit the transaction", deadline - ContinuousClock.now) {
      rd_kafka_commit_transaction(client, $0)
    }
    // librdkafka refuses to commit after a failed delivery; this throws it if it ever should not.
    if let failure = handle.state.deliveries.take() { throw failure }
  }

  /// Hides the transaction's records from `read_committed` readers and leaves the group's offsets
  /// as they were; records still queued are thrown away.
  package func abort(timeout: Duration) throws(KafkaError) {
    let client = handle.pointer
    try retry("abort the transaction", timeout) { rd_kafka_abort_transaction(client, $0) }
    _ = handle.state.deliveries.take()
  }

  private func retry(
    _ operation: String, _ timeout: Duration, _ call: (_ timeout: Int32) -> OpaquePointer?
  ) throws(KafkaError) {
    let deadline = ContinuousClock.now + timeout
    while true {
      let remaining = deadline - ContinuousClock.now
      guard let error = call(max(1, remaining.milliseconds)) else { return }
      let failure = KafkaError(
        consuming: error, operation, because: handle.state.deliveries.first,
        lastError: handle.state.lastErrorText)
      guard failure.recovery == .retry, ContinuousClock.now < deadline else { throw failure }
      rd_kafka_poll(handle.pointer, 20)
    }
  }
}
