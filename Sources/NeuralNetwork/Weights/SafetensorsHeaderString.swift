/// A string of the header where it lies in the file, escapes and all: comparing and looking up
/// allocate nothing.
struct SafetensorsHeaderString {
  /// Between the quotes; offsets into the file fit, since a header's length is bounded.
  let start: UInt32
  let count: UInt32

  func text(_ bytes: [UInt8]) -> String {
    // Valid UTF-8, or the scanner would not have given the string out.
    String(decoding: Array(IteratorSequence(decoded(bytes))), as: UTF8.self)
  }

  func decoded(_ bytes: [UInt8]) -> Decoder {
    Decoder(bytes: bytes, position: Int(start), end: Int(start) + Int(count))
  }

  func isEqual(_ other: String.UTF8View, _ bytes: [UInt8]) -> Bool {
    compare(other.makeIterator(), bytes) == 0
  }

  /// Below, at or above zero as the decoded bytes order.
  func compare(_ other: some IteratorProtocol<UInt8>, _ bytes: [UInt8]) -> Int {
    var (left, right) = (decoded(bytes), other)
    while true {
      switch (left.next(), right.next()) {
      case (nil, nil): return 0
      case (nil, _): return -1
      case (_, nil): return 1
      case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
      }
    }
  }

  func precedes(_ other: SafetensorsHeaderString, _ bytes: [UInt8]) -> Bool {
    compare(other.decoded(bytes), bytes) < 0
  }

  /// Yields the string's UTF-8 with escapes resolved.
  ///
  /// - Precondition: the scanner has accepted the string.
  struct Decoder: IteratorProtocol {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    /// Up to four bytes of an escaped character still to come, the next in the lowest.
    private var pending: UInt32 = 0
    private var pendingCount = 0

    init(bytes: [UInt8], position: Int, end: Int) {
      self.bytes = bytes
      self.position = position
      self.end = end
    }

    mutating func next() -> UInt8? {
      if pendingCount > 0 {
        defer {
          pending >>= 8
          pendingCount -= 1
        }
        return UInt8(truncatingIfNeeded: pending)
      }
      guard position < end else { return nil }
      let byte = bytes[position]
      position += 1
      return byte == UInt8(ascii: "\\") ? escaped() : byte
    }

    private mutating func escaped() -> UInt8? {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "b"): return 8
      case UInt8(ascii: "f"): return 12
      case UInt8(ascii: "n"): return 10
      case UInt8(ascii: "r"): return 13
      case UInt8(ascii: "t"): return 9
      case UInt8(ascii: "u"):
        var value = digits()
        if value >= 0xd800 && value < 0xdc00 {
          position += 2
          value = 0x10000 + (value - 0xd800) << 10 + (digits() - 0xdc00)
        }
        encode(value)
        return next()
      default: return byte
      }
    }

    private mutating func digits() -> UInt32 {
      defer { position += 4 }
      return bytes[position..<(position + 4)].reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
    }

    private mutating func encode(_ value: UInt32) {
      switch value {
      case ..<0x80: (pending, pendingCount) = (value, 1)
      case ..<0x800:
        (pending, pendingCount) = (0xc0 | value >> 6 | (0x80 | value & 0x3f) << 8, 2)
      case ..<0x10000:
        pending = 0xe0 | value >> 12 | (0x80 | value >> 6 & 0x3f) << 8
        pending |= (0x80 | value & 0x3f) << 16
        pendingCount = 3
      default:
        pending = 0xf0 | value >> 18 | (0x80 | value >> 12 & 0x3f) << 8
        pending |= (0x80 | value >> 6 & 0x3f) << 16 | (0x80 | value & 0x3f) << 24
        pendingCount = 4
      }
    }
  }
}

func hexDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}
