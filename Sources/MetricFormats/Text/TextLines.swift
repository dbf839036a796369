/// Whether the bytes are UTF-8, which every text that leaves the daemon has to be.
package func isUTF8(_ bytes: Bytes) -> Bool {
  var index = 0
  while index + 8 <= bytes.count {
    // No byte of eight is beyond ASCII.
    let word = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + index)
      .loadUnaligned(as: UInt64.self)
    guard word & 0x8080_8080_8080_8080 == 0 else { return isUTF8Slowly(bytes, from: index) }
    index += 8
  }
  return isUTF8Slowly(bytes, from: index)
}

private func isUTF8Slowly(_ bytes: Bytes, from start: Int) -> Bool {
  var iterator = bytes[start...].makeIterator()
  var parser = Unicode.UTF8.ForwardParser()
  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid: continue
    case .emptyInput: return true
    case .error: return false
    }
  }
}

/// The lines of a text, without their ends (`\n` or `\r\n`).
struct TextLines {
  private let bytes: Bytes
  private var position = 0

  init(_ bytes: Bytes) { self.bytes = bytes }

  mutating func next() -> Bytes? {
    guard position < bytes.count else { return nil }
    let rest = Bytes(rebasing: bytes[position...])
    let length = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
    position += length + 1
    let hasReturn = length > 0 && rest[length - 1] == UInt8(ascii: "\r")
    return Bytes(rebasing: rest[..<(hasReturn ? length - 1 : length)])
  }
}

/// The words of a line, between spaces and tabs.
struct Words {
  private let line: Bytes
  private var position = 0

  init(_ line: Bytes) { self.line = line }

  mutating func next() -> Bytes? {
    while position < line.count, Self.isBlank(line[position]) { position += 1 }
    guard position < line.count else { return nil }
    let start = position
    while position < line.count, !Self.isBlank(line[position]) { position += 1 }
    return Bytes(rebasing: line[start..<position])
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
