/// One property of every series of a partition, rows of equal width side by side, with an undo log.
///
/// A table of series is a few columns with the same row numbers. Before a row is changed for the
/// first time since the last commit, its table calls `remember(row:)` on each of its columns; an
/// abort calls `rollBack(rows:keeping:)` with the same rows in the same order.
package struct Column<Element: BitwiseCopyable & Sendable>: Sendable {
  /// Elements a row.
  package let width: Int
  /// What a new row is filled with.
  package let initial: Element
  /// Row-major, `count * width` elements.
  package var elements: [Element] = []
  private var remembered: [Element] = []

  package init(width: Int, initial: Element) {
    self.width = width
    self.initial = initial
  }

  package var count: Int { width == 0 ? 0 : elements.count / width }

  package mutating func appendRow() {
    elements.append(contentsOf: repeatElement(initial, count: width))
  }

  @inlinable
  package subscript(row: Int) -> Element {
    get { elements[row * width] }
    set { elements[row * width] = newValue }
    _modify { yield &elements[row * width] }
  }

  @inline(__always)
  fileprivate mutating func save(row: Int) {
    if width == 1 {  // most columns are, and a slice costs several times the element
      remembered.append(elements[row])
    } else {
      elements.withUnsafeBufferPointer { elements in
        remembered.append(
          contentsOf: UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width]))
      }
    }
  }

  /// Puts back what was remembered and removes the rows that are newer than the last commit.
  ///
  /// - Parameters:
  ///   - rows: the remembered rows, in the order in which they were remembered.
  ///   - count: the number of rows at the last commit.
  package mutating func rollBack(rows: [Int], keeping count: Int) {
    precondition(remembered.count == rows.count * width, "every remembered row was saved once")
    for (index, row) in rows.enumerated() {
      elements.replaceSubrange(
        row * width..<(row + 1) * width, with: remembered[index * width..<(index + 1) * width])
    }
    elements.removeLast(elements.count - count * width)
    remembered.removeAll(keepingCapacity: true)
  }

  /// Forgets the undo log: what is in the rows now is committed.
  package mutating func commit() {
    remembered.removeAll(keepingCapacity: true)
  }
}

// Concrete for each element, since generic code is not specialised across modules, and rows are
// remembered all the time.

extension Column<Float> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}

extension Column<Double> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}

extension Column<Int64> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}

extension Column<Int32> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}

extension Column<Int16> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}

extension Column<UInt8> {
  /// Saves the row as it is now, for `rollBack`.
  package mutating func remember(row: Int) { save(row: row) }
}
