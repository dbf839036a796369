import MetricFormats
import Pipeline
import Replay
import TimeSeries

/// What a source delivers, decoded as a worker would decode it.
struct SourceReading {
  struct Row: Equatable, CustomStringConvertible {
    var series: String
    var time: Milliseconds
    var value: Double

    var description: String { "\(series)@\(time)=\(value)" }
  }

  var rows: [Row] = []
  /// `line reason` of what was refused.
  var refusals: [String] = []
  /// Texts of the lines that were refused.
  var refusedTexts: [String] = []
  var offsets: [Int64] = []
  var batchSizes: [Int] = []
  var missingValueCount = 0

  init(_ paths: [String], format: String = "auto", messagesMaximum: Int = 2048) throws {
    let source = try ReplaySource(
      files: try ReplayFile.find(paths), lineFormat: try InputFormat(name: format))
    var limits = BatchLimits()
    limits.messagesMaximum = messagesMaximum
    var messages: [InputMessage] = []
    guard case .assigned(let partitions) = try source.poll(limits, into: &messages) else { return }
    try source.start(
      partitions.map { StartPosition(partition: $0, slot: 0, offset: .earliest) })
    var decoder = MessageDecoder(CompactPoints.input)
    while true {
      messages.removeAll()
      if try source.poll(limits, into: &messages) == .ended { break }
      batchSizes.append(messages.count)
      for message in messages {
        var batch = PointBatch()
        decoder.decode(
          RawMessage(key: message.key, value: message.value, recordTime: nil, index: 0),
          into: &batch)
        add(batch, of: message, source: source)
      }
    }
    missingValueCount = source.missingValueCount
  }

  private mutating func add(_ batch: PointBatch, of message: InputMessage, source: ReplaySource) {
    offsets.append(message.offset)
    for point in batch.points {
      let key = batch.keyBytes[Int(point.keyStart)..<Int(point.keyStart + point.keyLength)]
      rows.append(
        Row(
          series: String(decoding: key, as: UTF8.self), time: point.time, value: point.value))
    }
    for drop in batch.drops {
      let origin = source.origin(of: message.offset)
      refusals.append("\(origin?.line ?? 0) \(drop.reason.name)")
      refusedTexts.append(String(decoding: origin?.text ?? [], as: UTF8.self))
    }
  }
}
