import MetricFormats
import TimeSeries

/// Decodes lines of files. All files share one, because its buffers are as large as the largest
/// message. A class, because a decoder cannot be copied.
final class LineDecoder {
  private var decoder: MessageDecoder

  init(_ format: InputFormat) { decoder = MessageDecoder(format) }

  /// - Parameter index: the `message` of the points and drops.
  func decode(_ line: UnsafeRawBufferPointer, index: UInt32, into batch: inout PointBatch) {
    decoder.decode(RawMessage(value: line, recordTime: nil, index: index), into: &batch)
  }
}
