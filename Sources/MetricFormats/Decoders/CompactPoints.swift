package import TimeSeries

extension MetricFormat {
  static let compact = MetricFormat(
    name: "compact", description: "the daemon's own points topic", options: []
  ) { _, _ in CompactDecoder() }
}

/// The format of the daemon's points topic: the record's key is the canonical series key, its
/// value a version byte and then, for each point, the kind (1 byte), the time (Int64) and the
/// value (Float64), little-endian.
///
/// A version byte of 0 and a reason (1 byte) are a refusal: they take the place of a message that
/// could not be decoded into points, so that the worker counts it and writes a dead letter in the
/// order of the stream. Any bytes may follow.
package enum CompactPoints {
  /// How an input of compact points is read.
  package static let input = InputFormat(.compact)

  static let version: UInt8 = 1
  static let refusal: UInt8 = 0
  static let pointByteCount = 17

  /// Starts a record's value; points follow.
  package static func begin(_ bytes: inout [UInt8]) {
    bytes.append(version)
  }

  /// Writes a record's value that is a refusal.
  package static func appendRefusal(_ reason: DropReason, to bytes: inout [UInt8]) {
    bytes.append(refusal)
    bytes.append(reason.rawValue)
  }

  package static func append(
    kind: ValueKind, time: Milliseconds, value: Double, to bytes: inout [UInt8]
  ) {
    bytes.append(kind.rawValue)
    withUnsafeBytes(of: time.littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

struct CompactDecoder: FormatDecoder {
  func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    let key = message.key.bindMemory(to: UInt8.self)
    let value = message.value
    if value.count > 1, value[0] == CompactPoints.refusal {
      return writer.drop(DropReason(rawValue: value[1]) ?? .malformed)
    }
    guard value.count > 1, value[0] == CompactPoints.version,
      (value.count - 1) % CompactPoints.pointByteCount == 0, isUTF8(key)
    else { return writer.drop(.malformed) }
    writer.startCanonicalKey(key)
    var position = 1
    while position < value.count {
      let kind = ValueKind(rawValue: value[position])
      let time = Int64(
        littleEndian: value.loadUnaligned(fromByteOffset: position + 1, as: Int64.self))
      let bits = UInt64(
        littleEndian: value.loadUnaligned(fromByteOffset: position + 9, as: UInt64.self))
      position += CompactPoints.pointByteCount
      guard let kind, TimestampUnit.timeRange.contains(time) else {
        writer.drop(.malformed)
        continue
      }
      writer.append(kind: kind, time: time, value: Double(bitPattern: bits), into: &batch)
    }
  }
}
