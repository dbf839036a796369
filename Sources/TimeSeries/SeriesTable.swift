/// The state of every series of one stream in one partition, one aspect of it: a set of columns.
///
/// Row numbers are shared by all tables of a stream in a partition. The owner (the pipeline)
/// calls `remember` before the first change of a row since the last commit.
package protocol SeriesTable: Sendable {
  /// Number of rows.
  var count: Int { get }
  mutating func appendRow()
  mutating func remember(row: Int)
  mutating func rollBack(rows: [Int], keeping count: Int)
  mutating func commit()
  /// The columns as named tensors, for a snapshot.
  func tensors() -> [ColumnTensor]
  /// Takes the rows of a snapshot made by `tensors()`; the table is empty before.
  ///
  /// - Throws: where a tensor is missing or has another shape; the caller then warms the series up
  ///   from the log instead.
  mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError)
}

/// A column as bytes with a type and a shape, little-endian, row-major.
package struct ColumnTensor: Sendable, Equatable {
  package enum ElementType: String, Sendable {
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case uint8 = "U8"

    package var byteCount: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .int16: 2
      case .uint8: 1
      }
    }
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
}

/// Why a snapshot's tensors do not fit a table.
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

extension ColumnTensor {
  /// The tensor of a column of plain numbers.
  package init<Element: BitwiseCopyable & Sendable>(
    name: String, type: ElementType, column: Column<Element>
  ) {
    precondition(MemoryLayout<Element>.stride == type.byteCount, "the type names the element")
    self.init(
      name: name, type: type, shape: [column.count, column.width],
      bytes: column.elements.withUnsafeBytes { Array($0) })
  }
}

extension ColumnTensor {
  /// Checks that the tensors of one table have equally many rows, before any of them is taken.
  package static func requireEqualRows(
    _ tensors: [String: ColumnTensor], prefix: String, except header: String = ""
  ) throws(ColumnTensorError) {
    let columns = tensors.values.filter { $0.name.hasPrefix(prefix) && $0.name != header }
      .sorted { $0.name < $1.name }
    guard let first = columns.first else { return }
    for column in columns where column.shape.first != first.shape.first {
      throw .mismatch(
        name: column.name, expected: "of as many rows as '\(first.name)' \(first.shape)",
        found: "\(column.shape)")
    }
  }
}

extension Column {
  /// Takes the rows of `tensors[name]`.
  package mutating func restore(
    _ tensors: [String: ColumnTensor], name: String, type: ColumnTensor.ElementType
  ) throws(ColumnTensorError) {
    guard let tensor = tensors[name] else { throw .missing(name: name) }
    let isFitting =
      tensor.type == type && tensor.shape.count == 2 && tensor.shape[1] == width
      && tensor.bytes.count == tensor.shape[0] * width * MemoryLayout<Element>.stride
      && MemoryLayout<Element>.stride == type.byteCount
    guard isFitting else {
      throw .mismatch(
        name: name, expected: "\(type.rawValue)[rows, \(width)]",
        found: "\(tensor.type.rawValue)\(tensor.shape)")
    }
    let count = tensor.shape[0] * width
    elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: tensor.bytes)
      initialized = count
    }
  }
}
