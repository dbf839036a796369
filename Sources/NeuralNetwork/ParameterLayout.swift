/// Where each named parameter lies in one flat buffer, in order and without gaps.
///
/// Names and shapes are PyTorch's, so that a state dictionary of the same model fits.
package struct ParameterLayout: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<(offset + count) }
  }

  package private(set) var entries: [Entry] = []
  /// Floats in the flat buffer.
  package private(set) var count = 0

  package init() {}

  /// - Precondition: the name is new.
  @discardableResult
  package mutating func append(_ name: String, _ shape: Int...) -> Entry {
    precondition(!entries.contains { $0.name == name }, "duplicate parameter \(name)")
    let entry = Entry(name: name, shape: shape, offset: count)
    entries.append(entry)
    count += entry.count
    return entry
  }

  package subscript(name: String) -> Entry? {
    entries.first { $0.name == name }
  }
}
