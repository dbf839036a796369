import MetricFormats
import TimeSeries

/// Reports messages that could not be used, wholly or in part, and records that their topic refuses.
/// Each one is logged. It is also written to the dead-letter topic, with its raw bytes, if that is
/// enabled.
///
/// A dead letter is cut to what its topic takes, so that it is not refused itself.
struct DeadLetterOutlet {
  let sink: any RecordSink
  let log: PipelineLog
  let clock: any PipelineClock
  let isEnabled: Bool
  /// The most bytes of a value that a dead letter contains, whatever its topic takes. A longer value
  /// is truncated, and a header says so.
  let bytesMaximum: Int

  /// Sends one dead letter, however many reasons there are.
  func refuse(
    _ message: InputMessage, of partition: PartitionID, reasons: DropReasonSet
  ) throws(TransportError) {
    try send(pending(message, reasons: reasons, drops: []), of: partition)
  }

  /// Copies the parts of a message that a dead letter needs.
  func pending(
    _ message: InputMessage, reasons: DropReasonSet, drops: [DropReason]
  ) -> PendingDeadLetter {
    PendingDeadLetter(
      reasons: reasons, drops: drops, offset: message.offset, recordTime: message.recordTime,
      key: isEnabled ? Array(message.key) : [],
      value: isEnabled ? Array(message.value.prefix(bytesMaximum)) : [],
      originalByteCount: message.value.count)
  }

  func send(_ letter: PendingDeadLetter, of partition: PartitionID) throws(TransportError) {
    let reasons = letter.reasons.reasons
    for reason in reasons { log.refused(reason, partition: partition, offset: letter.offset) }
    guard let first = reasons.first else { return }
    let detail =
      reasons.count > 1 ? "also " + reasons.dropFirst().map(\.name).joined(separator: ", ") : ""
    try withBytes(letter.key) { key throws(TransportError) in
      try withBytes(letter.value) { value throws(TransportError) in
        try send(
          key: key, value: value, originalByteCount: letter.originalByteCount, reason: first,
          detail: detail, partition, letter.offset, recordTime: letter.recordTime)
      }
    }
  }

  /// Reports a record of an output that its topic refuses.
  ///
  /// - Parameter offset: of the message after which the record was made.
  func bury(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    because reason: String, after partition: PartitionID, offset: Int64
  ) throws(TransportError) {
    try send(
      key: key, value: value, originalByteCount: value.count, reason: .refused,
      detail: "\(topic.name): \(reason)", partition, offset, recordTime: nil)
  }

  private func send(
    key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, originalByteCount: Int,
    reason: DropReason, detail: String, _ partition: PartitionID, _ offset: Int64,
    recordTime: Milliseconds?
  ) throws(TransportError) {
    guard isEnabled else { return }
    func headers(isTruncated: Bool) -> RecordHeaders {
      RecordHeaders(
        DeadLetter.headers(
          reason: reason, topic: partition.topic, partition: partition.partition, offset: offset,
          originalByteCount: originalByteCount, isTruncated: isTruncated, detail: detail
        ).map { RecordHeader($0.name, $0.value) })
    }
    let room =
      sink.recordBytesMaximum(of: .deadLetters) - headers(isTruncated: false).byteCount
    guard room >= 0 else { return logUnsent(reason, partition, offset, "no dead letter fits") }
    // A part of a key would be another key.
    let key = UnsafeRawBufferPointer(rebasing: key.prefix(key.count <= room ? key.count : 0))
    let count = min(value.count, bytesMaximum, room - key.count)
    let outcome = try sink.send(
      .deadLetters, key: key, value: UnsafeRawBufferPointer(rebasing: value.prefix(count)),
      headers: headers(isTruncated: count < originalByteCount),
      // Brokers refuse records from the future.
      timestamp: min(recordTime ?? .max, clock.now()))
    if case .refused(let text) = outcome { logUnsent(reason, partition, offset, text) }
  }

  private func logUnsent(
    _ reason: DropReason, _ partition: PartitionID, _ offset: Int64, _ problem: String
  ) {
    log.unsent(reason, partition: partition, offset: offset, problem: problem)
  }
}
