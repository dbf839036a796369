package import TimeSeries

/// Where a worker's records go, together with the offsets of what they were made from.
///
/// Sends since the last commit and the offsets become visible together, or not at all where the
/// sink is transactional. Owned by one thread.
package protocol RecordSink: AnyObject {
  /// Takes a copy of the bytes.
  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError)
  func commit(_ offsets: [OffsetCommit]) throws(TransportError)
  /// Takes back what was sent since the last commit.
  func abort() throws(TransportError)
}
