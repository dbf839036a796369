/// A column as bytes with a type and a shape, little-endian, row-major.
@usableFromInline
package struct ColumnTensor: Sendable, Equatable {
  @usableFromInline
  package enum ElementType: String, Sendable {
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case uint8 = "U8"
  }

  package var name: String
  package var type: ElementType
  package var shape: [Int]
  package var bytes: [UInt8]

  package init(name: String, type: ElementType, shape: [Int], bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// - Shape: [rows, width].
  package init<Element>(name: String, column: Column<Element>) {
    self.init(
      name: name, type: Element.tensorType, shape: [column.count, column.width],
      bytes: column.elements.withUnsafeBytes { Array($0) })
  }
}

/// Why the tensors of a snapshot do not fit a table.
package enum ColumnTensorError: Error, Sendable, CustomStringConvertible {
  case missing(name: String)
  case mismatch(name: String, expected: String, found: String)

  package var description: String {
    switch self {
    case .missing(let name): "the snapshot has no tensor '\(name)'"
    case .mismatch(let name, let expected, let found):
      "tensor '\(name)' of the snapshot is \(found), the configuration needs \(expected)"
    }
  }
}

extension Column {
  /// Replaces the rows by those of `tensors[name]`.
  package mutating func restore(
    _ tensors: [String: ColumnTensor], name: String
  ) throws(ColumnTensorError) {
    guard let tensor = tensors[name] else { throw .missing(name: name) }
    let isFitting =
      tensor.type == Element.tensorType && tensor.shape.count == 2 && tensor.shape[1] == width
      && tensor.bytes.count == tensor.shape[0] * width * MemoryLayout<Element>.stride
    guard isFitting else {
      throw .mismatch(
        name: name, expected: "\(Element.tensorType.rawValue)[rows, \(width)]",
        found: "\(tensor.type.rawValue)\(tensor.shape)")
    }
    let count = tensor.shape[0] * width
    elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: tensor.bytes)
      initialized = count
    }
  }
}
