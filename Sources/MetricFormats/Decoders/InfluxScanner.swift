/// A field's value in the line protocol.
enum InfluxValue {
  case number(Double)
  case notFinite
  case boolean(Bool)
  case string
}

/// Walks over line protocol byte by byte.
struct InfluxScanner {
  /// The bytes that end a text, unless a backslash escapes them.
  enum Terminator {
    /// `,` or a blank.
    case endOfName
    /// `=`; `,` and a blank are mistakes there.
    case equalsSign
    /// `,` or a blank; `=` is a mistake.
    case endOfTag
  }

  let bytes: Bytes
  let unescaped: ByteScratch
  private(set) var position = 0
  private var unescapedCount = 0

  init(bytes: Bytes, unescaped: ByteScratch) {
    self.bytes = bytes
    self.unescaped = unescaped
  }

  // MARK: Lines

  /// Goes to the next line that is neither empty nor a comment; false at the end.
  mutating func skipToLine() -> Bool {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "#"): skipRestOfLine()
      case 0...0x20: position += 1
      default: return true
      }
    }
    return false
  }

  mutating func skipRestOfLine() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  var isAtEndOfLine: Bool {
    position == bytes.count || bytes[position] == UInt8(ascii: "\n")
      || bytes[position] == UInt8(ascii: "\r")
  }

  // MARK: Parts of a line

  mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Whether there was one at least.
  mutating func skipBlanks() -> Bool {
    let start = position
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
    return position > start
  }

  /// Everything up to a blank, a comma or the end of the line.
  mutating func word() -> Bytes? {
    let start = position
    while position < bytes.count, bytes[position] > 0x20, bytes[position] != UInt8(ascii: ",") {
      position += 1
    }
    return position > start ? Bytes(rebasing: bytes[start..<position]) : nil
  }

  /// The text up to its terminator, without escapes; nil where the line goes on otherwise.
  mutating func text(until terminator: Terminator) -> Bytes? {
    let start = position
    var hasEscapes = false
    scan: while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): break scan
      case UInt8(ascii: ","), UInt8(ascii: " "):
        if terminator == .equalsSign { return nil }
        break scan
      case UInt8(ascii: "="):
        if terminator == .endOfTag { return nil }
        if terminator == .equalsSign { break scan }
      case UInt8(ascii: "\\"):
        if position + 1 < bytes.count, Self.isEscapable(bytes[position + 1]) {
          hasEscapes = true
          position += 1
        }
      default: break
      }
      position += 1
    }
    let text = Bytes(rebasing: bytes[start..<position])
    return hasEscapes ? withoutEscapes(text) : text
  }

  /// Any other byte after a backslash leaves it an ordinary character.
  private static func isEscapable(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: " ")
  }

  private mutating func withoutEscapes(_ text: Bytes) -> Bytes {
    let start = unescapedCount
    var index = 0
    while index < text.count {
      let isEscape =
        text[index] == UInt8(ascii: "\\") && index + 1 < text.count
        && Self.isEscapable(text[index + 1])
      if isEscape { index += 1 }
      unescaped.base[unescapedCount] = text[index]
      unescapedCount += 1
      index += 1
    }
    return Bytes(start: unescaped.base + start, count: unescapedCount - start)
  }

  mutating func fieldValue() -> InfluxValue? {
    if take(UInt8(ascii: "\"")) { return skipString() ? .string : nil }
    guard let word = word() else { return nil }
    if let decimal = parseDecimal(word) { return value(decimal) }
    switch word[word.count - 1] {
    case UInt8(ascii: "i"):
      guard let number = integer(word, isSigned: true) else { return nil }
      return .number(number)
    case UInt8(ascii: "u"):
      guard let number = integer(word, isSigned: false) else { return nil }
      return .number(number)
    default: return boolean(word)
    }
  }

  private func value(_ decimal: Decimal) -> InfluxValue {
    switch decimal {
    case .number(let number): .number(number)
    case .notFinite: .notFinite
    }
  }

  /// An integer without its suffix.
  private func integer(_ word: Bytes, isSigned: Bool) -> Double? {
    let digits = Bytes(rebasing: word[..<(word.count - 1)])
    let isInteger = digits.allSatisfy { isDigit($0) || ($0 == UInt8(ascii: "-") && isSigned) }
    guard isInteger, case .number(let number)? = parseDecimal(digits) else { return nil }
    return number
  }

  private func boolean(_ word: Bytes) -> InfluxValue? {
    if word.equals("t") || word.equals("T") || word.equals("true") || word.equals("True")
      || word.equals("TRUE")
    {
      return .boolean(true)
    }
    if word.equals("f") || word.equals("F") || word.equals("false") || word.equals("False")
      || word.equals("FALSE")
    {
      return .boolean(false)
    }
    return nil
  }

  /// Goes behind the closing quote; a string may hold ends of lines. A quote that never closes
  /// spoils its own line only.
  private mutating func skipString() -> Bool {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return true
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    position = start
    return false
  }
}
