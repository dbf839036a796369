import MetricFormats
import TimeSeries

/// Where messages go that could not be used, wholly or in part: with their raw bytes to a topic,
/// and in any case to the log, which samples.
struct DeadLetterOutlet {
  let sink: any RecordSink
  let log: PipelineLog
  let clock: any PipelineClock
  let isEnabled: Bool
  /// Raw bytes kept; what is longer is truncated, and says so.
  let bytesMaximum: Int

  /// Sends one dead letter, whatever the number of reasons.
  func refuse(
    _ message: InputMessage, of partition: PartitionID, reasons: DropReasonSet
  ) throws(TransportError) {
    try send(pending(message, reasons: reasons), of: partition)
  }

  /// A copy of what a dead letter needs of a message.
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
