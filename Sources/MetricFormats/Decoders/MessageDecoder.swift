package import TimeSeries

/// A Kafka message, valid for the time of one call.
package struct RawMessage {
  package var key: UnsafeRawBufferPointer
  package var value: UnsafeRawBufferPointer
  /// The timestamp of the record, set by the producer or the broker; nil where it has none.
  package var recordTime: Milliseconds?
  /// Index within the batch that is being decoded.
  package var index: UInt32

  package init(
    key: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    value: UnsafeRawBufferPointer, recordTime: Milliseconds?, index: UInt32
  ) {
    self.key = key
    self.value = value
    self.recordTime = recordTime
    self.index = index
  }
}

/// Turns messages of one input into points; owned by one thread, since it reuses its buffers.
///
/// Nothing that arrives stops it: a message that cannot be used, or a part of one, becomes one
/// drop for each reason, and its good points are kept.
package struct MessageDecoder: ~Copyable {
  private var decoder: any FormatDecoder
  private var writer: PointWriter

  package init(_ format: InputFormat) {
    decoder = format.format.makeDecoder(format.options, format.limits)
    writer = PointWriter(
      limits: format.limits, requiresTimestamp: format.options.requireTimestamp ?? false)
  }

  /// Appends what the message holds to the batch.
  package mutating func decode(_ message: RawMessage, into batch: inout PointBatch) {
    writer.begin(message)
    if message.value.count > writer.limits.messageByteCountMaximum {
      writer.drop(.oversized)
    } else {
      decoder.decode(message, &writer, into: &batch)
    }
    writer.finish(into: &batch)
  }
}
