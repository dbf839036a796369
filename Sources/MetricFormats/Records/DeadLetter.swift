package import TimeSeries

/// A message that could not be used, on its way to the dead-letter topic; its headers are
/// specified in docs/records.md.
package struct DeadLetter: Sendable, Equatable {
  package struct Header: Sendable, Equatable {
    package var name: String
    package var value: String
  }

  package var reason: DropReason
  package var topic: String
  package var partition: Int32
  package var offset: Int64
  /// A line of detail for people; may be empty.
  package var detail: String
  package let originalByteCount: Int
  /// The message's value, cut at the bound.
  package let payload: [UInt8]

  /// - Parameter payloadByteCountMaximum: bytes that the broker's limit leaves for the payload.
  package init(
    reason: DropReason, topic: String, partition: Int32, offset: Int64,
    value: UnsafeRawBufferPointer, payloadByteCountMaximum: Int, detail: String = ""
  ) {
    self.reason = reason
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.detail = detail
    originalByteCount = value.count
    payload = Array(value.prefix(payloadByteCountMaximum))
  }

  package var isTruncated: Bool { payload.count < originalByteCount }

  package var headers: [Header] {
    Self.headers(
      reason: reason, topic: topic, partition: partition, offset: offset,
      originalByteCount: originalByteCount, isTruncated: isTruncated, detail: detail)
  }

  /// The headers of a dead letter whose payload is sent without a copy.
  package static func headers(
    reason: DropReason, topic: String, partition: Int32, offset: Int64, originalByteCount: Int,
    isTruncated: Bool, detail: String
  ) -> [Header] {
    var headers = [
      Header(name: "reason", value: reason.name),
      Header(name: "source-topic", value: topic),
      Header(name: "source-partition", value: partition.description),
      Header(name: "source-offset", value: offset.description),
      Header(name: "original-size", value: originalByteCount.description),
      Header(name: "truncated", value: isTruncated.description),
    ]
    if !detail.isEmpty { headers.append(Header(name: "detail", value: detail)) }
    return headers
  }
}
