package import TimeSeries

/// Takes the records of a worker or the router, and the offsets of the messages they were made
/// from.
///
/// If the sink is transactional, the offsets and the records sent since the last commit become
/// visible together or not at all. One thread owns the sink.
package protocol RecordSink: AnyObject {
  /// Sends one record. The bytes are copied.
  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError)
  func commit(_ offsets: [OffsetCommit]) throws(TransportError)
  /// Discards the records that were sent since the last commit, if the sink is transactional.
  func abort() throws(TransportError)
}
