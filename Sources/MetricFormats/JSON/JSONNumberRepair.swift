/// The document with the numbers repaired that serializers write against the standard; nil where
/// there is none. NaN, infinities and numbers beyond Float64 become the mark that
/// `JSONElement.reading` takes for `notFinite`; integers beyond 64 bits become Float64.
///
/// - Complexity: one pass; only documents that the parser refused come here.
func repairedNumbers(_ bytes: Bytes) -> [UInt8]? {
  var repaired: [UInt8] = []
  var copied = 0
  var position = 0
  while position < bytes.count {
    let byte = bytes[position]
    if byte == UInt8(ascii: "\"") {
      position = endOfString(bytes, from: position)
      continue
    }
    guard isTokenByte(byte) else {
      position += 1
      continue
    }
    let start = position
    while position < bytes.count, isTokenByte(bytes[position]) { position += 1 }
    let token = Bytes(rebasing: bytes[start..<position])
    guard let replacement = replacement(for: token) else { continue }
    repaired.append(contentsOf: bytes[copied..<start])
    switch replacement {
    case .notFiniteMark: repaired.append(contentsOf: #""\u0000""#.utf8)
    case .float: repaired += token + [UInt8(ascii: "."), UInt8(ascii: "0")]
    }
    copied = position
  }
  guard copied > 0 else { return nil }
  repaired.append(contentsOf: bytes[copied...])
  return repaired
}

private enum Replacement {
  case notFiniteMark
  case float
}

private func replacement(for token: Bytes) -> Replacement? {
  switch parseDecimal(token) {
  case .notFinite: return .notFiniteMark
  case .number:
    let digits = token[0] == UInt8(ascii: "-") ? token.count - 1 : token.count
    let isInteger = token.allSatisfy { $0 == UInt8(ascii: "-") || isDigit($0) }
    return isInteger && digits >= 19 ? .float : nil
  case nil: return nil
  }
}

/// The position after the closing quote of the string that opens at `start`.
private func endOfString(_ bytes: Bytes, from start: Int) -> Int {
  var position = start + 1
  while position < bytes.count {
    switch bytes[position] {
    case UInt8(ascii: "\""): return position + 1
    case UInt8(ascii: "\\"): position += 2
    default: position += 1
    }
  }
  return position
}

private func isTokenByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"),
    UInt8(ascii: "."):
    true
  default: false
  }
}
