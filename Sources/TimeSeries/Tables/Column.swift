/// One property of every series of a partition, with an undo log. All rows have the same width and
/// lie one after another.
///
/// A table of series (`SeriesTable`) is a set of columns with the same row numbers. Before a row is
/// changed for the first time since the last commit, `remember(row:)` is called on each column; an
/// abort calls `rollBack(rows:keeping:)` with the same rows in the same order.
///
/// The type is `@usableFromInline` because the compiler ignores `@inlinable` in a package type
/// without it. Tables of other modules would then call the subscript as unspecialised generic code.
@usableFromInline
package struct Column<Element: ColumnElement>: Sendable {
  /// Elements of a row.
  @usableFromInline package let width: Int
  /// The value of every element of a new row.
  package let initial: Element
  /// Row-major, `count * width` elements.
  @usableFromInline package var elements: [Element] = []
  private var remembered: [Element] = []

  package init(width: Int, initial: Element) {
    self.width = width
    self.initial = initial
  }

  package var count: Int { width == 0 ? 0 : elements.count / width }

  package mutating func appendRow() {
    elements.append(contentsOf: repeatElement(initial, count: width))
  }

  /// Sets every element of the row to the initial value.
  package mutating func reset(row: Int) {
    for index in row * width..<(row + 1) * width { elements[index] = initial }
  }

  @inlinable
  package subscript(row: Int) -> Element {
    get { elements[row * width] }
    set { elements[row * width] = newValue }
    _modify { yield &elements[row * width] }
  }

  /// Saves the present elements of the row for `rollBack`.
  package mutating func remember(row: Int) {
    if width <= 8 {  // most columns; a slice costs several times as much as an element
      for index in row * width..<(row + 1) * width { remembered.append(elements[index]) }
    } else {
      elements.withUnsafeBufferPointer { elements in
        remembered.append(
          contentsOf: UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width]))
      }
    }
  }

  /// Restores the remembered rows and removes the rows that are newer than the last commit.
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

  /// Empties the undo log: the present rows are committed.
  package mutating func commit() {
    remembered.removeAll(keepingCapacity: true)
  }
}

/// A type of number that columns hold and snapshots store.
@usableFromInline
package protocol ColumnElement: BitwiseCopyable, Sendable {
  static var tensorType: ColumnTensor.ElementType { get }
}

extension Float: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .float32 }
}

extension Double: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .float64 }
}

extension Int64: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .int64 }
}

extension Int32: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .int32 }
}

extension Int16: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .int16 }
}

extension UInt8: ColumnElement {
  @usableFromInline package static var tensorType: ColumnTensor.ElementType { .uint8 }
}
