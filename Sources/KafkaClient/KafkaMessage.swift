import CLibrdkafka

/// A view of one message of a ``MessageBatch``, valid until the batch's `removeAll`.
package struct KafkaMessage: BitwiseCopyable {
  let pointer: UnsafeMutablePointer<rd_kafka_message_t>
  /// Index into ``KafkaConsumer/topics``: the place in the subscription.
  package let topicIndex: Int

  package var partition: Int32 { pointer.pointee.partition }
  package var offset: Int64 { pointer.pointee.offset }

  /// `nil` for a record without a key, which is not the same as an empty key.
  package var key: UnsafeRawBufferPointer? {
    pointer.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.key_len) }
  }

  /// `nil` for a tombstone.
  package var value: UnsafeRawBufferPointer? {
    pointer.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.len) }
  }

  package var byteCount: Int { pointer.pointee.key_len + pointer.pointee.len }

  /// The record's timestamp; `nil` for a record without one.
  package var timestamp: KafkaTimestamp? {
    var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    let milliseconds = rd_kafka_message_timestamp(pointer, &type)
    return switch type {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME where milliseconds >= 0:
      KafkaTimestamp(milliseconds: milliseconds, kind: .createTime)
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME where milliseconds >= 0:
      KafkaTimestamp(milliseconds: milliseconds, kind: .logAppendTime)
    default: nil
    }
  }

  /// The last header of that name; headers are parsed when first asked for.
  /// - Complexity: O(number of headers).
  package func header(_ name: String) -> UnsafeRawBufferPointer? {
    guard let headers else { return nil }
    var value: UnsafeRawPointer?
    var size = 0
    guard rd_kafka_header_get_last(headers, name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR
    else { return nil }
    return UnsafeRawBufferPointer(start: value, count: size)
  }

  private var headers: OpaquePointer? {
    var headers: OpaquePointer?
    let result = rd_kafka_message_headers(pointer, &headers)
    return result == RD_KAFKA_RESP_ERR_NO_ERROR ? headers : nil
  }
}
