/// The fields of a line as they are written, with their quotes.
struct RawFields {
  private(set) var ranges: [Range<Int>] = []
  /// False if a quote is not closed in the line.
  private(set) var isWellFormed = true

  init(_ line: ArraySlice<UInt8>) {
    var position = line.startIndex
    while true {
      let start = position
      while position < line.endIndex, line[position] == UInt8(ascii: " ") { position += 1 }
      if position < line.endIndex, line[position] == UInt8(ascii: "\"") {
        guard let end = Self.closingQuote(line, from: position + 1) else {
          isWellFormed = false
          ranges.append(start..<line.endIndex)
          return
        }
        position = end + 1
      }
      while position < line.endIndex, line[position] != UInt8(ascii: ",") { position += 1 }
      ranges.append(start..<position)
      guard position < line.endIndex else { return }
      position += 1
    }
  }

  /// A doubled quote stands for one.
  private static func closingQuote(_ line: ArraySlice<UInt8>, from start: Int) -> Int? {
    var position = start
    while position < line.endIndex {
      if line[position] == UInt8(ascii: "\"") {
        guard position + 1 < line.endIndex, line[position + 1] == UInt8(ascii: "\"") else {
          return position
        }
        position += 1
      }
      position += 1
    }
    return nil
  }

  /// The text of a field, without blanks and quotes around it.
  static func text(_ field: ArraySlice<UInt8>) -> String {
    var field = field
    while let first = field.first, first <= 0x20 { field.removeFirst() }
    while let last = field.last, last <= 0x20 { field.removeLast() }
    if field.count > 1, field.first == UInt8(ascii: "\""), field.last == UInt8(ascii: "\"") {
      field = field.dropFirst().dropLast()
    }
    return String(decoding: field, as: UTF8.self)
  }

  /// Appends a field as it is written; one whose quotes do not match is quoted as a whole, so that
  /// it stays one field.
  static func append(_ field: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    guard RawFields(field).isWellFormed else {
      bytes.append(UInt8(ascii: "\""))
      for byte in field {
        bytes.append(byte)
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      }
      bytes.append(UInt8(ascii: "\""))
      return
    }
    bytes.append(contentsOf: field)
  }
}
