import MetricFormats
import TimeSeries

/// Reports messages that could not be used, wholly or in part. Each one is logged. It is also
/// written to the dead-letter topic, with its raw bytes, if that is enabled.
struct DeadLetterOutlet {
  let sink: any RecordSink
  let log: PipelineLog
  let clock: any PipelineClock
  let isEnabled: Bool
  /// The most bytes of a value that a dead letter contains. A longer value is truncated, and a
  /// header says so.
  let bytesMaximum: Int

  /// Sends one dead letter, however many reasons there are.
  func refuse(
    _ message: InputMessage, of partition: PartitionID, reasons: DropReasonSet
  ) throws(TransportError) {
    try send(pending(message, reasons: reasons), of: partition)
  }

  /// Copies the parts of a message that a dead letter needs.
  func pending(_ message: InputMessage, reasons: DropReasonSet) -> PendingDeadLetter {
    PendingDeadLetter(
      reasons: reasons, offset: message.offset, recordTime: message.recordTime,
      key: isEnabled ? Array(message.key) : [],
      value: isEnabled ? Array(message.value.prefix(bytesMaximum)) : [],
      originalByteCount: message.value.count)
  }

  func send(_ letter: PendingDeadLetter, of partition: PartitionID) throws(TransportError) {
    let reasons = letter.reasons.reasons
    for reason in reasons { log.refused(reason, partition: partition, offset: letter.offset) }
    guard isEnabled, let first = reasons.first else { return }
    let headers = DeadLetter.headers(
      reason: first, topic: partition.topic, partition: partition.partition,
      offset: letter.offset, originalByteCount: letter.originalByteCount,
      isTruncated: letter.value.count < letter.originalByteCount,
      detail: reasons.count > 1
        ? "also " + reasons.dropFirst().map(\.name).joined(separator: ", ") : "")
    let recordHeaders = RecordHeaders(headers.map { RecordHeader($0.name, $0.value) })
    try withBytes(letter.key) { key throws(TransportError) in
      try withBytes(letter.value) { value throws(TransportError) in
        try sink.send(
          .deadLetters, key: key, value: value, headers: recordHeaders,
          timestamp: letter.recordTime ?? clock.now())
      }
    }
  }
}
