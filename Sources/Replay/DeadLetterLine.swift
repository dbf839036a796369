import FoundationEssentials
import Pipeline

/// A dead letter as one line of JSON: what was refused, why, and where in the files it stands.
struct DeadLetterLine: Encodable {
  private var file: String?
  private var line: Int?
  /// Of the series, where there is one.
  private var key: String?
  private var headers: [String: String]
  /// The row or line, as text or, where it is no UTF-8, in base64.
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
      // The message was a point of the line, or a note that the line is refused.
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
