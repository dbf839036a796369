/// Memory of a fixed size that text is put together in. A class only to own the memory.
///
/// Writing beyond the capacity writes nothing and returns an end beyond the capacity, so a caller
/// checks once at the end.
final class ByteScratch {
  let base: UnsafeMutablePointer<UInt8>
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity + Self.slack)
  }

  deinit { base.deallocate() }

  /// Words are stored whole, up to this far behind the end.
  private static let slack = 16

  @inline(__always)
  func append(_ byte: UInt8, at position: Int) -> Int {
    guard position < capacity else { return capacity + 1 }
    base[position] = byte
    return position + 1
  }

  @inline(__always)
  func append(_ bytes: Bytes, at position: Int) -> Int {
    guard position + bytes.count <= capacity else { return capacity + 1 }
    if let source = bytes.baseAddress {
      (base + position).update(from: source, count: bytes.count)
    }
    return position + bytes.count
  }

  /// Appends with the escapes of the canonical series key, eight bytes at a time while there is
  /// nothing to escape.
  func appendEscaped(_ bytes: Bytes, at start: Int) -> Int {
    guard let source = bytes.baseAddress, start + bytes.count <= capacity else {
      return bytes.isEmpty ? start : capacity + 1
    }
    var position = start
    var index = 0
    while index + 8 <= bytes.count, position + 8 <= capacity {
      let word = UnsafeRawPointer(source + index).loadUnaligned(as: UInt64.self)
      guard !hasByteToEscape(word) else { break }
      UnsafeMutableRawPointer(base + position).storeBytes(of: word, as: UInt64.self)
      position += 8
      index += 8
    }
    if index > 0, index < bytes.count, index + 8 > bytes.count {
      // The rest, with some of the bytes before it once more, makes a whole word.
      let word = UnsafeRawPointer(source + bytes.count - 8).loadUnaligned(as: UInt64.self)
      if !hasByteToEscape(word) {
        position = start + bytes.count
        UnsafeMutableRawPointer(base + position - 8).storeBytes(of: word, as: UInt64.self)
        return position
      }
    }
    while index < bytes.count {
      guard position + 4 <= capacity + Self.slack, position <= capacity else {
        return capacity + 1
      }
      position = appendEscapedByte(source[index], at: position)
      index += 1
    }
    return position <= capacity ? position : capacity + 1
  }

  @inline(__always)
  private func appendEscapedByte(_ byte: UInt8, at position: Int) -> Int {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "\\"):
      base[position] = UInt8(ascii: "\\")
      base[position + 1] = byte
      return position + 2
    case 0..<0x20, 0x7F:
      base[position] = UInt8(ascii: "\\")
      base[position + 1] = UInt8(ascii: "x")
      base[position + 2] = hexDigit(byte >> 4)
      base[position + 3] = hexDigit(byte & 15)
      return position + 4
    default:
      base[position] = byte
      return position + 1
    }
  }
}

/// Whether one of the eight bytes is a control character, DEL, `,`, `=` or `\`.
@inline(__always)
private func hasByteToEscape(_ word: UInt64) -> Bool {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let tops: UInt64 = 0x8080_8080_8080_8080
  let controls = (word &- ones &* 0x20) & ~word
  func zeros(_ difference: UInt64) -> UInt64 { (difference &- ones) & ~difference }
  let specials =
    zeros(word ^ (ones &* 0x7F)) | zeros(word ^ (ones &* 0x2C)) | zeros(word ^ (ones &* 0x3D))
    | zeros(word ^ (ones &* 0x5C))
  return (controls | specials) & tops != 0
}

@inline(__always)
func hexDigit(_ nibble: UInt8) -> UInt8 {
  nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}
