/// Builds a safetensors file in memory: all descriptors first, then the tensors' bytes in order.
///
///     8 bytes  length n of the header, little-endian
///     n bytes  JSON: name → dtype, shape, data_offsets; padded with spaces to 8 bytes
///     rest     the tensors' elements, little-endian, row-major, without gaps
///
/// - Source: the safetensors format, huggingface/safetensors.
package struct SafetensorsWriter {
  package private(set) var bytes: [UInt8]
  private let descriptors: [SafetensorsDescriptor]
  private var next = 0

  /// - Precondition: names are unique and sizes do not overflow. Metadata is written in the order
  ///   of its keys, so that equal content gives equal bytes.
  package init(_ descriptors: [SafetensorsDescriptor], metadata: [String: String] = [:]) {
    precondition(Set(descriptors.map(\.name)).count == descriptors.count, "duplicate tensor name")
    self.descriptors = descriptors
    var json = "{"
    if !metadata.isEmpty {
      json += "\"__metadata__\":{"
      json += metadata.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",")
      json += "}" + (descriptors.isEmpty ? "" : ",")
    }
    var offset = 0
    json += descriptors.map { tensor in
      guard let count = tensor.byteCount else { preconditionFailure("size overflows") }
      defer { offset += count }
      return "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":"
        + "[\(tensor.shape.map(String.init).joined(separator: ","))],"
        + "\"data_offsets\":[\(offset),\(offset + count)]}"
    }.joined(separator: ",")
    json += "}"
    var header = Array(json.utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    bytes = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header)
  }

  /// Appends the next tensor's elements, given as they lie in memory.
  ///
  /// - Precondition: as many bytes as its descriptor says; little-endian machine.
  package mutating func append(_ elements: UnsafeRawBufferPointer) {
    precondition(next < descriptors.count && elements.count == descriptors[next].byteCount)
    bytes.append(contentsOf: elements)
    next += 1
  }

  package mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) {
    elements.withUnsafeBytes { append($0) }
  }

  /// The whole file.
  ///
  /// - Precondition: every tensor was appended.
  package consuming func finish() -> [UInt8] {
    precondition(next == descriptors.count, "\(descriptors.count - next) tensors are missing")
    return bytes
  }
}

private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
