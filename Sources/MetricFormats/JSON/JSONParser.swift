import CSimdjson

/// Bytes that someone else owns: of a message, or of a document that was parsed.
package typealias Bytes = UnsafeBufferPointer<UInt8>

/// One simdjson parser with its buffers, reused for every message of a thread.
final class JSONParser {
  /// Bounds what a hostile message can make the parser's stack of open brackets hold.
  static let depthMaximum = 64

  private let handle: OpaquePointer

  init(capacity: Int) {
    guard let handle = csimdjson_parser_create(capacity, Self.depthMaximum) else {
      preconditionFailure("no memory for a JSON parser")
    }
    self.handle = handle
  }

  deinit { csimdjson_parser_destroy(handle) }

  /// Parses one document; the elements of the document before become invalid.
  ///
  /// Numbers that serializers write against the standard are repaired first: NaN and infinities are
  /// read as `notFinite`, integers beyond 64 bits as Float64.
  func parse(_ bytes: Bytes) -> Result<JSONElement, JSONError> {
    let first = parseStrictly(bytes)
    guard case .failure(let error) = first, error.isPerhapsRepairable,
      let repaired = repairedNumbers(bytes)
    else { return first }
    return repaired.withUnsafeBufferPointer { parseStrictly($0) }
  }

  private func parseStrictly(_ bytes: Bytes) -> Result<JSONElement, JSONError> {
    guard let base = bytes.baseAddress else { return .failure(.empty) }
    // An element of a failed parse is never handed out, so where it points does not matter.
    let nowhere = UnsafeRawPointer(base)
    var root = CSimdjsonElement(
      tape: nowhere.alignedUp(toMultipleOf: 8).assumingMemoryBound(to: UInt64.self),
      strings: base, index: 0)
    let error = csimdjson_parse(handle, base, bytes.count, &root)
    return error == .none
      ? .success(JSONElement(raw: root)) : .failure(JSONError(error))
  }
}

/// Why bytes are not a JSON document that this library reads.
enum JSONError: Error, Equatable {
  case empty
  case tooLong
  case tooDeep
  case notUTF8
  case syntax
  case noMemory

  init(_ error: CSimdjsonError) {
    self =
      switch error {
      case .empty: .empty
      case .capacity: .tooLong
      case .depth: .tooDeep
      case .encoding: .notUTF8
      case .memory: .noMemory
      case .none, .number, .syntax: .syntax
      }
  }

  var isPerhapsRepairable: Bool { self == .syntax }
}

/// The documents of a message: the whole of it, or one per line when it is not one document.
struct JSONDocuments {
  private let bytes: Bytes
  private var position = 0
  private var isPerLine = false

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// The next document, which is valid until the next call; nil after the last.
  mutating func next(_ parser: JSONParser) -> Result<JSONElement, JSONError>? {
    if !isPerLine {
      guard position == 0 else { return nil }
      let whole = parser.parse(bytes)
      guard case .failure(.syntax) = whole, bytes.contains(UInt8(ascii: "\n")) else {
        position = bytes.count + 1
        return whole
      }
      isPerLine = true
    }
    while position < bytes.count {
      let rest = Bytes(rebasing: bytes[position...])
      let length = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
      position += length + 1
      let line = Bytes(rebasing: rest[..<length])
      if line.contains(where: { $0 > 0x20 }) { return parser.parse(line) }
    }
    return nil
  }
}
