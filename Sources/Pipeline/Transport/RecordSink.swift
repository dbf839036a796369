package import TimeSeries

/// Takes the records of a worker or the router, and the offsets of the messages they were made
/// from.
///
/// If the sink is transactional, the offsets and the records sent since the last commit become
/// visible together or not at all. One thread owns the sink.
package protocol RecordSink: AnyObject {
  /// Sends one record. The bytes are copied.
  @discardableResult
  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome
  /// The most bytes of key, value and headers (`RecordHeaders.byteCount`) with which the topic surely
  /// takes a record.
  func recordBytesMaximum(of topic: OutputTopic) -> Int
  func commit(_ offsets: [OffsetCommit]) throws(TransportError)
  /// Discards the records that were sent since the last commit, if the sink is transactional.
  func abort() throws(TransportError)
}

extension RecordSink {
  /// No bound.
  package func recordBytesMaximum(of topic: OutputTopic) -> Int { .max }
}

/// What a sink has done with a record.
package enum SendOutcome: Sendable, Equatable {
  case sent
  /// The record is left out, because no broker, or not its topic, takes it; with the reason. The sink
  /// counts and logs it.
  case refused(String)
}
