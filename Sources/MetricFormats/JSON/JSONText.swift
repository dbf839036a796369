import TimeSeries

/// JSON text that is built piece by piece, for records that are written rarely.
struct JSONText {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ literal: StaticString) {
    bytes.append(contentsOf: Bytes(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// A string in quotes.
  mutating func appendString(_ text: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: #"\u00"#.utf8)
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func append(_ value: Int64) {
    bytes.append(contentsOf: value.description.utf8)
  }

  /// The shortest text that reads back as the same number; null where it is not finite.
  mutating func append(_ value: Double?) {
    guard let value, value.isFinite else { return append("null") }
    if value == value.rounded(), abs(value) < 1e15 { return append(Int64(value)) }
    bytes.append(contentsOf: value.description.utf8)
  }

  mutating func append(_ value: Double, format: DecimalFormat) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalFormat.lengthMaximum) { buffer in
      // Its capacity is not zero, so it has an address.
      guard let base = buffer.baseAddress else { return }
      let count = format.write(value, to: base)
      bytes.append(contentsOf: Bytes(start: base, count: count))
    }
  }

  mutating func append(_ flag: Bool) {
    append(flag ? "true" : "false")
  }
}
