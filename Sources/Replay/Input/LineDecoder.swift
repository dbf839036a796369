import MetricFormats
import TimeSeries

/// Decodes lines of files; one for all files, since a decoder's buffers are as large as a message
/// may be. A class because a decoder cannot be copied.
final class LineDecoder {
  private var decoder: MessageDecoder

  init(_ format: InputFormat) { decoder = MessageDecoder(format) }

  /// - Parameter index: what the points and drops carry as their message.
  func decode(_ line: UnsafeRawBufferPointer, index: UInt32, into batch: inout PointBatch) {
    decoder.decode(RawMessage(value: line, timestamp: nil, index: index), into: &batch)
  }
}
