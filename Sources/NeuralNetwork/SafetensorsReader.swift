/// A checked safetensors file in memory; anything malformed is refused when it is opened.
///
/// Nothing is allocated beyond a small multiple of the header, whatever sizes the file claims.
package struct SafetensorsReader: Sendable {
  package let metadata: [String: String]
  /// In the order of their data.
  package let tensors: [SafetensorsDescriptor]
  private let ranges: [Range<Int>]
  private let indices: [String: Int]
  private let bytes: [UInt8]

  /// - Throws: what is wrong with the file; nothing of it should be used then.
  package init(_ bytes: [UInt8]) throws(SafetensorsError) {
    guard bytes.count >= 8 else { throw .truncated(bytes: bytes.count) }
    var length: UInt64 = 0
    for index in (0..<8).reversed() { length = length << 8 | UInt64(bytes[index]) }
    let available = bytes.count - 8
    guard length <= UInt64(available) else {
      throw .headerTooLong(length: length, available: available)
    }
    let dataStart = 8 + Int(length)
    var parser = SafetensorsHeaderParser(bytes: bytes[8..<dataStart])
    let header = try parser.parse()

    var entries: [(SafetensorsDescriptor, Range<Int>)] = []
    for entry in header.tensors {
      guard let type = SafetensorsType(rawValue: entry.type) else {
        throw .unknownType(entry.type, tensor: entry.name)
      }
      let tensor = SafetensorsDescriptor(name: entry.name, type: type, shape: entry.shape)
      guard let size = tensor.byteCount else { throw .badShape(tensor: entry.name) }
      guard entry.begin <= entry.end, entry.end <= bytes.count - dataStart,
        entry.end - entry.begin == size
      else { throw .badRange(tensor: entry.name) }
      entries.append((tensor, (dataStart + entry.begin)..<(dataStart + entry.end)))
    }
    entries.sort { ($0.1.lowerBound, $0.1.upperBound) < ($1.1.lowerBound, $1.1.upperBound) }
    var end = dataStart
    for (tensor, range) in entries {
      guard range.lowerBound == end else { throw .overlapOrGap(tensor: tensor.name) }
      end = range.upperBound
    }
    guard end == bytes.count else { throw .trailingBytes(bytes.count - end) }
    self.bytes = bytes
    metadata = header.metadata
    tensors = entries.map(\.0)
    ranges = entries.map(\.1)
    var indices: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() { indices[tensor.name] = index }
    self.indices = indices
  }

  package subscript(name: String) -> SafetensorsDescriptor? {
    indices[name].map { tensors[$0] }
  }

  /// The tensor's elements as stored.
  package func withBytes<R>(
    _ name: String, _ body: (UnsafeRawBufferPointer) -> R
  ) throws(SafetensorsError) -> R {
    guard let index = indices[name] else { throw .missingTensor(name) }
    return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[ranges[index]])) }
  }

  package func floats(_ name: String) throws(SafetensorsError) -> [Float] {
    try elements(name, type: .float32, zero: 0)
  }

  package func doubles(_ name: String) throws(SafetensorsError) -> [Double] {
    try elements(name, type: .float64, zero: 0)
  }

  package func int64s(_ name: String) throws(SafetensorsError) -> [Int64] {
    try elements(name, type: .int64, zero: 0)
  }

  package func int32s(_ name: String) throws(SafetensorsError) -> [Int32] {
    try elements(name, type: .int32, zero: 0)
  }

  package func uint8s(_ name: String) throws(SafetensorsError) -> [UInt8] {
    try elements(name, type: .uint8, zero: 0)
  }

  private func elements<Element: BitwiseCopyable>(
    _ name: String, type: SafetensorsType, zero: Element
  ) throws(SafetensorsError) -> [Element] {
    guard let tensor = self[name] else { throw .missingTensor(name) }
    guard tensor.type == type else {
      throw .wrongType(tensor: name, expected: type.rawValue, found: tensor.type.rawValue)
    }
    return try withBytes(name) { source in
      var result = [Element](repeating: zero, count: source.count / type.size)
      result.withUnsafeMutableBytes { $0.copyMemory(from: source) }
      return result
    }
  }
}
