package import Numerics

/// Hands out places in the one buffer that holds a model's packed matrices and padded biases.
package struct PackedStorageLayout: Sendable {
  /// Floats handed out so far.
  package private(set) var count = 0

  package init() {}

  package mutating func matrix(depth: Int, columns: Int) -> PackedMatrix {
    let matrix = PackedMatrix(offset: count, depth: depth, columns: columns)
    count += matrix.count
    return matrix
  }

  /// Offset of a vector padded to whole panels; the padding stays zero.
  package mutating func vector(_ length: Int) -> Int {
    defer { count += PackedMatrix.padded(length) }
    return count
  }
}
