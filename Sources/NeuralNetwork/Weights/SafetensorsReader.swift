import Numerics

/// A checked safetensors file in memory; anything malformed is refused when it is opened.
///
/// Opening allocates less than the header's size beside the file itself, whatever the file claims
/// (`SafetensorsIndex`); a tensor's elements or description are made when they are asked for.
package struct SafetensorsReader: Sendable {
  /// As the reference implementation has it.
  package static let headerBytesMaximum = 100_000_000

  private let bytes: [UInt8]
  private let index: SafetensorsIndex

  /// - Throws: what is wrong with the file; nothing of it should be used then.
  /// - Complexity: O(n log n) in the header's size, and independent of the data's.
  package init(_ bytes: [UInt8]) throws(SafetensorsError) {
    guard bytes.count >= 8 else { throw .truncated(bytes: bytes.count) }
    var length: UInt64 = 0
    for index in (0..<8).reversed() { length = length << 8 | UInt64(bytes[index]) }
    let available = min(bytes.count - 8, Self.headerBytesMaximum)
    guard length <= UInt64(available) else {
      throw .headerTooLong(length: length, available: available)
    }
    index = try SafetensorsIndex(bytes, header: 8..<(8 + Int(length)))
    self.bytes = bytes
  }

  /// In the order of their data; each is made when it is asked for.
  package var tensors: Tensors { Tensors(index: index, bytes: bytes) }

  package struct Tensors: RandomAccessCollection, Sendable {
    fileprivate let index: SafetensorsIndex
    fileprivate let bytes: [UInt8]

    package var startIndex: Int { 0 }
    package var endIndex: Int { index.tensors.count }
    package subscript(position: Int) -> SafetensorsDescriptor {
      index.descriptor(position, bytes)
    }
  }

  package subscript(name: String) -> SafetensorsDescriptor? {
    index.tensor(name, bytes).map { index.descriptor($0, bytes) }
  }

  /// All of the metadata; `metadata(_:)` allocates less where few keys are wanted.
  package var metadata: [String: String] { index.allMetadata(bytes) }

  package func metadata(_ key: String) -> String? { index.metadata(key, bytes) }

  /// The tensor's elements as stored, which may lie at any address.
  package func withBytes<R>(
    _ name: String, _ body: (UnsafeRawBufferPointer) -> R
  ) throws(SafetensorsError) -> R {
    guard let place = index.tensor(name, bytes) else { throw .missingTensor(name) }
    let entry = index.tensors[place]
    return bytes.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[entry.begin..<entry.end]))
    }
  }

  /// The elements as Float: F32 as they are, F16 and BF16 exactly, F64 rounded to the nearest.
  ///
  /// - Throws: for a tensor of another type.
  package func floats(_ name: String) throws(SafetensorsError) -> [Float] {
    guard let place = index.tensor(name, bytes) else { throw .missingTensor(name) }
    switch index.tensors[place].type {
    case .float16: return widened(try elements(name, type: .float16, zero: 0), from: .float16)
    case .bfloat16: return widened(try elements(name, type: .bfloat16, zero: 0), from: .bfloat16)
    case .float64: return try doubles(name).map { Float($0) }
    default: return try elements(name, type: .float32, zero: 0)
    }
  }

  package func doubles(_ name: String) throws(SafetensorsError) -> [Double] {
    try elements(name, type: .float64, zero: 0)
  }

  package func int64s(_ name: String) throws(SafetensorsError) -> [Int64] {
    try elements(name, type: .int64, zero: 0)
  }

  package func uint8s(_ name: String) throws(SafetensorsError) -> [UInt8] {
    try elements(name, type: .uint8, zero: 0)
  }

  private func elements<Element: BitwiseCopyable>(
    _ name: String, type: SafetensorsType, zero: Element
  ) throws(SafetensorsError) -> [Element] {
    guard let place = index.tensor(name, bytes) else { throw .missingTensor(name) }
    let found = index.tensors[place].type
    guard found == type else {
      throw .wrongType(tensor: name, expected: type.rawValue, found: found.rawValue)
    }
    return try withBytes(name) { source in
      var result = [Element](repeating: zero, count: source.count / type.size)
      result.withUnsafeMutableBytes { $0.copyMemory(from: source) }
      return result
    }
  }

  private func widened(_ bits: [UInt16], from format: NarrowFormat) -> [Float] {
    [Float](unsafeUninitializedCapacity: bits.count) { buffer, count in
      count = bits.count
      guard let target = buffer.baseAddress, !bits.isEmpty else { return }
      NarrowKernels.current.widen(bits, from: format, into: target, count: bits.count)
    }
  }
}
