import TimeSeries

/// Decodes one JSON document at a time.
protocol JSONDocumentDecoder {
  func decode(_ root: JSONElement, _ writer: inout PointWriter, into batch: inout PointBatch)
}

/// Runs a JSON format over the documents of a message.
struct JSONMessageDecoder<Format: JSONDocumentDecoder>: FormatDecoder {
  let parser: JSONParser
  let format: Format

  init(_ format: Format, limits: DecoderLimits) {
    self.format = format
    parser = JSONParser(capacity: limits.messageByteCountMaximum)
  }

  func decode(
    _ message: RawMessage, _ writer: inout PointWriter, into batch: inout PointBatch
  ) {
    var documents = JSONDocuments(message.value.bindMemory(to: UInt8.self))
    while let document = documents.next(parser) {
      switch document {
      case .success(let root): format.decode(root, &writer, into: &batch)
      case .failure: writer.drop(.malformed)
      }
    }
  }
}
