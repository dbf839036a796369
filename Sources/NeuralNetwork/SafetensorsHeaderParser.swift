/// Reads the JSON of a safetensors header: only what the format allows, each byte once, no
/// recursion.
struct SafetensorsHeaderParser {
  struct Tensor {
    var name: String
    var type: String
    var shape: [Int]
    var begin: Int
    var end: Int
  }

  struct Header {
    var metadata: [String: String] = [:]
    var tensors: [Tensor] = []
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func parse() throws(SafetensorsError) -> Header {
    // The format wants the brace first; white space may only follow the object.
    guard peek() == UInt8(ascii: "{") else { throw malformed("'{'") }
    var header = Header()
    var names: Set<String> = []
    try object { (parser, name) throws(SafetensorsError) in
      guard names.insert(name).inserted else { throw .duplicateName(name) }
      if name == "__metadata__" {
        header.metadata = try parser.metadata()
      } else {
        header.tensors.append(try parser.tensor(name))
      }
    }
    skipSpace()
    guard position == bytes.endIndex else { throw malformed("the end of the header") }
    return header
  }

  private mutating func metadata() throws(SafetensorsError) -> [String: String] {
    var result: [String: String] = [:]
    try object { (parser, key) throws(SafetensorsError) in
      guard result.updateValue(try parser.string(), forKey: key) == nil else {
        throw .duplicateName("__metadata__." + key)
      }
    }
    return result
  }

  private mutating func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(SafetensorsError) in
      switch key {
      case "dtype" where type == nil: type = try parser.string()
      case "shape" where shape == nil: shape = try parser.integers()
      case "data_offsets" where offsets == nil: offsets = try parser.integers()
      default: throw parser.malformed("dtype, shape and data_offsets once each")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw malformed("dtype, shape and two data_offsets before")
    }
    return Tensor(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }

  // MARK: - JSON

  private mutating func object(
    _ member: (inout SafetensorsHeaderParser, String) throws(SafetensorsError) -> Void
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

  private mutating func integers() throws(SafetensorsError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if accept("]") { return result }
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
      result.append(value)
    } while accept(",")
    try expect("]")
    return result
  }

  private mutating func string() throws(SafetensorsError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else {
          throw malformed("valid UTF-8 before")
        }
        return result
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw malformed("no control character before")
      default: text.append(byte)
      }
    }
    throw malformed("a closing quote")
  }

  private mutating func escape() throws(SafetensorsError) -> [UInt8] {
    guard let byte = peek() else { throw malformed("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
    default: throw malformed("a known escape before")
    }
  }

  /// After `\u`: four digits, and a second escape where they are the first half of a pair.
  private mutating func unicodeEscape() throws(SafetensorsError) -> Unicode.Scalar {
    let first = try hexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, peek() == UInt8(ascii: "\\") else { throw malformed("a low surrogate") }
    position += 1
    guard peek() == UInt8(ascii: "u") else { throw malformed("a low surrogate") }
    position += 1
    let second = try hexDigits()
    guard second >= 0xdc00, second < 0xe000,
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw malformed("a low surrogate before") }
    return scalar
  }

  private mutating func hexDigits() throws(SafetensorsError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func peek() -> UInt8? {
    position < bytes.endIndex ? bytes[position] : nil
  }

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
