/// The escapes of canonical series keys; nothing else defines which bytes are escaped, and how.
///
/// If two keys of one series differed by an escape, they would be two series. Therefore every
/// writer of keys uses these functions. The reader is `SeriesKey.init(canonical:)`.
package enum SeriesKeyEscape {
  /// The form of a byte in a key: one to four bytes, the first one lowest in the word.
  @inlinable @inline(__always)
  package static func escaped(_ byte: UInt8) -> (bytes: UInt32, count: Int) {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "\\"):
      return (UInt32(UInt8(ascii: "\\")) | UInt32(byte) << 8, 2)
    case 0..<0x20, 0x7F:
      let prefix = UInt32(UInt8(ascii: "\\")) | UInt32(UInt8(ascii: "x")) << 8
      return (
        prefix | UInt32(hexDigit(byte >> 4)) << 16 | UInt32(hexDigit(byte & 15)) << 24, 4
      )
    default: return (UInt32(byte), 1)
    }
  }

  /// Whether any of the eight bytes of a word needs an escape.
  @inlinable @inline(__always)
  package static func isNeeded(in word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let controls = (word &- ones &* 0x20) & ~word
    func zeros(_ difference: UInt64) -> UInt64 { (difference &- ones) & ~difference }
    // DEL, comma, equals sign, backslash.
    let specials =
      zeros(word ^ (ones &* 0x7F)) | zeros(word ^ (ones &* 0x2C)) | zeros(word ^ (ones &* 0x3D))
      | zeros(word ^ (ones &* 0x5C))
    return (controls | specials) & tops != 0
  }

  /// Appends a name or a value with its escapes.
  package static func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    for byte in text {
      var (word, count) = escaped(byte)
      while count > 0 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
        count -= 1
      }
    }
  }
}

/// The lower-case hexadecimal digit of a number below 16.
@inlinable @inline(__always)
package func hexDigit(_ nibble: UInt8) -> UInt8 {
  nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}
