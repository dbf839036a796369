import FoundationEssentials
import Pipeline

/// A dead letter as one line of JSON: the refused line, the reason, and its place in the files.
struct DeadLetterLine: Encodable {
  private var file: String?
  private var line: Int?
  /// The key of the series, where there is one.
  private var key: String?
  private var headers: [String: String]
  /// The row or line as text. Where it is not UTF-8, it is in `valueBase64` instead.
  private var value: String?
  private var valueBase64: String?

  private enum CodingKeys: String, CodingKey {
    case file, line, key, headers, value
    case valueBase64 = "value_base64"
  }

  init(
    key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, headers: RecordHeaders,
    origin: (Int64) -> MessageOrigin?
  ) {
    self.headers = [:]
    for header in headers.headers { self.headers[header.name] = header.value }
    if !key.isEmpty { self.key = String(decoding: key, as: UTF8.self) }
    var bytes = Array(value)
    if let origin = self.headers["source-offset"].flatMap({ Int64($0) }).flatMap(origin) {
      file = origin.path
      line = origin.line
      bytes = origin.text
      // The size of the line: the message itself was one of its points, or a refusal.
      self.headers["original-size"] = "\(bytes.count)"
    }
    if let text = String(validating: bytes, as: UTF8.self) {
      self.value = text
    } else {
      valueBase64 = Data(bytes).base64EncodedString()
    }
  }

  func json() throws(TransportError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self))
    } catch {
      throw .fatal("a dead letter cannot be written as JSON: \(error)")
    }
  }
}
