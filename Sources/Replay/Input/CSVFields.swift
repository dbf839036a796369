import MetricFormats
import TimeSeries

/// The fields of one row, without quotes.
struct CSVFields {
  private var bytes: [UInt8] = []
  /// The end of each field in `bytes`.
  private var ends: [Int] = []

  var count: Int { ends.count }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  func isEmpty(_ index: Int) -> Bool { range(index).isEmpty }

  func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  private func with<Result>(_ index: Int, _ body: (Bytes) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body(Bytes(rebasing: $0[range(index)])) }
  }

  func decimal(_ index: Int) -> Decimal? { with(index, parseDecimal) }

  func isUTF8(_ index: Int) -> Bool { with(index, MetricFormats.isUTF8) }

  func time(_ index: Int) -> Milliseconds? {
    with(index) { text in
      if let integer = parseInteger(text) { return TimestampUnit.auto.milliseconds(integer) }
      if case .number(let number)? = parseDecimal(text) {
        return TimestampUnit.auto.milliseconds(number)
      }
      return parseDateTime(text)
    }
  }

  /// A whole number, also where it is written as `12.0`.
  func index(_ index: Int) -> Int64? {
    guard case .number(let number)? = decimal(index), number >= 0, number < 1e12,
      number == number.rounded()
    else { return nil }
    return Int64(number)
  }

  /// Reads the row at `position` and goes behind its end; false at the end of the file.
  ///
  /// Blanks around a field are not part of it unless they are quoted.
  mutating func readRow(of contents: [UInt8], from position: inout Int) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    guard position < contents.count else { return false }
    while true {
      let start = bytes.count
      while position < contents.count, contents[position] == UInt8(ascii: " ") { position += 1 }
      if position < contents.count, contents[position] == UInt8(ascii: "\"") {
        position += 1
        readQuoted(contents, from: &position)
      }
      let quotedEnd = bytes.count
      while position < contents.count, !Self.isEnd(contents[position]) {
        bytes.append(contents[position])
        position += 1
      }
      while bytes.count > max(start, quotedEnd), bytes[bytes.count - 1] <= 0x20 {
        bytes.removeLast()
      }
      ends.append(bytes.count)
      guard position < contents.count else { return true }
      position += 1
      if contents[position - 1] == UInt8(ascii: "\n") { return true }
    }
  }

  private static func isEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n")
  }

  /// Reads to behind the closing quote; a doubled quote stands for one.
  private mutating func readQuoted(_ contents: [UInt8], from position: inout Int) {
    while position < contents.count {
      let byte = contents[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < contents.count, contents[position] == byte else { return }
        position += 1
      }
      bytes.append(byte)
    }
  }
}
