/// Reads the JSON of a safetensors header: only what the format allows, each byte once, without
/// recursion and without allocating, whatever the header claims.
struct SafetensorsHeaderScanner {
  struct Tensor {
    var name: SafetensorsHeaderString
    var type: SafetensorsType
    var rank: UInt8
    /// Where the shape's bracket is.
    var shape: UInt32
    /// Of the data, counted from its start.
    var begin: Int
    var end: Int
  }

  /// More dimensions than any library handles.
  static let rankMaximum = 64

  private let bytes: [UInt8]
  private let end: Int
  private var position: Int

  init(_ bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// Hands out every tensor, and the key and value of every entry of the metadata.
  mutating func scan(
    tensor: (Tensor) throws(SafetensorsError) -> Void,
    metadata: (_ key: SafetensorsHeaderString, _ value: SafetensorsHeaderString) -> Void
  ) throws(SafetensorsError) {
    // The format wants the brace first; white space may only follow the object.
    guard peek() == UInt8(ascii: "{") else { throw malformed("'{'") }
    var hasMetadata = false
    try object { (scanner, name) throws(SafetensorsError) in
      guard name.isEqual("__metadata__".utf8, scanner.bytes) else {
        try tensor(try scanner.tensor(name))
        return
      }
      guard !hasMetadata else { throw .duplicateName("__metadata__") }
      hasMetadata = true
      try scanner.object { (scanner, key) throws(SafetensorsError) in
        metadata(key, try scanner.string())
      }
    }
    skipSpace()
    guard position == end else { throw malformed("the end of the header") }
  }

  private mutating func tensor(
    _ name: SafetensorsHeaderString
  ) throws(SafetensorsError) -> Tensor {
    var type: SafetensorsType?
    var shape: UInt32?
    var rank = 0
    var offsets: (count: Int, begin: Int, end: Int)?
    var product: Int? = 1
    try object { (scanner, key) throws(SafetensorsError) in
      if type == nil, key.isEqual("dtype".utf8, scanner.bytes) {
        let text = try scanner.string()
        type = SafetensorsType.allCases.first { text.isEqual($0.rawValue.utf8, scanner.bytes) }
        if type == nil {
          throw .unknownType(shown(text, scanner.bytes), tensor: shown(name, scanner.bytes))
        }
      } else if shape == nil, key.isEqual("shape".utf8, scanner.bytes) {
        scanner.skipSpace()
        shape = UInt32(scanner.position)
        try scanner.integers { dimension in
          rank += 1
          let (result, overflow) = (product ?? 0).multipliedReportingOverflow(by: dimension)
          product = product == nil || overflow ? nil : result
        }
      } else if offsets == nil, key.isEqual("data_offsets".utf8, scanner.bytes) {
        var found = (count: 0, begin: 0, end: 0)
        try scanner.integers { offset in
          if found.count == 0 { found.begin = offset } else { found.end = offset }
          found.count += 1
        }
        offsets = found
      } else {
        throw scanner.malformed("dtype, shape and data_offsets once each")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw malformed("dtype, shape and two data_offsets before")
    }
    guard rank <= Self.rankMaximum, let product,
      case (let size, false) = product.multipliedReportingOverflow(by: type.size)
    else { throw .badShape(tensor: shown(name, bytes)) }
    guard offsets.begin <= offsets.end, offsets.end - offsets.begin == size else {
      throw .badRange(tensor: shown(name, bytes))
    }
    return Tensor(
      name: name, type: type, rank: UInt8(rank), shape: shape, begin: offsets.begin,
      end: offsets.end)
  }

  // MARK: - JSON

  private mutating func object(
    _ member: (inout SafetensorsHeaderScanner, SafetensorsHeaderString) throws(SafetensorsError) ->
      Void
  ) throws(SafetensorsError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers(_ found: (Int) -> Void) throws(SafetensorsError) {
    try expect("[")
    if accept("]") { return }
    repeat {
      skipSpace()
      let start = position
      var value = 0
      while let digit = peek(), digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow2) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
        if overflow || overflow2 { throw malformed("an integer below 2^63") }
        value = sum
        position += 1
      }
      if position == start { throw malformed("a non-negative integer") }
      found(value)
    } while accept(",")
    try expect("]")
  }

  private mutating func string() throws(SafetensorsError) -> SafetensorsHeaderString {
    try expect("\"")
    let start = position
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return SafetensorsHeaderString(
          start: UInt32(start), count: UInt32(position - 1 - start))
      case UInt8(ascii: "\\"):
        position += 1
        try escape()
      case 0..<0x20: throw malformed("no control character")
      case 0x20..<0x80: position += 1
      default: try multibyte(byte)
      }
    }
    throw malformed("a closing quote")
  }

  private mutating func escape() throws(SafetensorsError) {
    switch peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      position += 1
      let first = try hexDigits()
      if first < 0xd800 || first >= 0xe000 { return }
      // The first half of a pair needs the second.
      guard first < 0xdc00, peek() == UInt8(ascii: "\\") else { throw malformed("a low surrogate") }
      position += 1
      guard peek() == UInt8(ascii: "u") else { throw malformed("a low surrogate") }
      position += 1
      let second = try hexDigits()
      guard second >= 0xdc00, second < 0xe000 else { throw malformed("a low surrogate before") }
    default: throw malformed("a known escape")
    }
  }

  private mutating func hexDigits() throws(SafetensorsError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = hexDigit(byte) else {
        throw malformed("four hexadecimal digits")
      }
      value = value << 4 | digit
      position += 1
    }
    return value
  }

  /// A character of two to four bytes, as Unicode's table 3-7 allows it: no overlong forms, no
  /// surrogates, nothing beyond U+10FFFF.
  private mutating func multibyte(_ lead: UInt8) throws(SafetensorsError) {
    let (length, second): (Int, ClosedRange<UInt8>)
    switch lead {
    case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default: throw malformed("valid UTF-8")
    }
    for index in 1..<length {
      let allowed = index == 1 ? second : 0x80...0xbf
      guard position + index < end, allowed.contains(bytes[position + index]) else {
        throw malformed("valid UTF-8")
      }
    }
    position += length
  }

  private func peek() -> UInt8? { position < end ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
    guard accept(character) else { throw malformed("'\(character)'") }
  }

  private func malformed(_ expected: String) -> SafetensorsError {
    .malformedHeader(offset: position, expected: expected)
  }
}

/// A string of the file as error messages quote it: enough to find it, and no more.
func shown(_ string: SafetensorsHeaderString, _ bytes: [UInt8]) -> String {
  let text = String(
    decoding: Array(IteratorSequence(string.decoded(bytes)).prefix(100)), as: UTF8.self)
  return string.count > 100 ? text + "…" : text
}
