package import Pipeline
package import TimeSeries

/// Takes records and keeps nothing; for replays without output.
package final class DiscardingSink: RecordSink {
  package init() {}

  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome { .sent }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) {}
  package func abort() throws(TransportError) {}
}
