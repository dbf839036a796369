/// One aspect of the state of every series of one stream in one partition: a set of columns.
///
/// All tables of a stream in a partition have the same row numbers. The owner (the pipeline) calls
/// `remember` before the first change of a row since the last commit.
///
/// A table lists its columns once, in `visitColumns`; undo and snapshots follow from that list. A
/// table that has other state besides its columns implements the functions that concern this state
/// itself.
package protocol SeriesTable: Sendable {
  /// Number of rows.
  var count: Int { get }
  /// Passes all columns to the visitor, always in the same order.
  mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure)

  mutating func appendRow()
  /// Makes the row that of a new series, as `appendRow` does.
  mutating func reset(row: Int)
  mutating func remember(row: Int)
  mutating func rollBack(rows: [Int], keeping count: Int)
  mutating func commit()
  /// The columns as named tensors, for a snapshot.
  func tensors() -> [ColumnTensor]
  /// Takes the rows of a snapshot that `tensors()` made.
  ///
  /// - Precondition: the table is empty.
  /// - Throws: if a tensor is missing or has another shape. The table is then unchanged, and the
  ///   caller warms the series up from the log instead.
  mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError)
}

extension SeriesTable {
  package mutating func appendRow() { appendRowToColumns() }
  package mutating func reset(row: Int) { resetColumns(row: row) }
  package mutating func remember(row: Int) {
    var visitor = ColumnRemembering(row: row)
    visitColumns(&visitor)
  }
  package mutating func rollBack(rows: [Int], keeping count: Int) {
    rollBackColumns(rows: rows, keeping: count)
  }
  package mutating func commit() { commitColumns() }
  package func tensors() -> [ColumnTensor] { columnTensors() }
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    try restoreColumns(tensors)
  }
}

// What is done to the columns alone. Tables that implement a function of the protocol themselves
// build on these.

extension SeriesTable {
  package mutating func appendRowToColumns() {
    var visitor = ColumnRowAppending()
    visitColumns(&visitor)
  }

  package mutating func resetColumns(row: Int) {
    var visitor = ColumnReset(row: row)
    visitColumns(&visitor)
  }

  package mutating func rollBackColumns(rows: [Int], keeping count: Int) {
    var visitor = ColumnRollBack(rows: rows, count: count)
    visitColumns(&visitor)
  }

  package mutating func commitColumns() {
    var visitor = ColumnCommit()
    visitColumns(&visitor)
  }

  package func columnTensors() -> [ColumnTensor] {
    var visitor = ColumnWriting()
    var table = self
    table.visitColumns(&visitor)
    return visitor.tensors
  }

  package mutating func restoreColumns(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    var visitor = ColumnReading(tensors: tensors)
    var table = self
    try table.visitColumns(&visitor)
    table.commitColumns()
    self = table
  }
}

/// An operation that is applied to each column of a table in turn.
///
/// A visitor has one generic method. The protocol requires it once for each element type, so that
/// it is compiled for each: generic code is not specialised for tables of other modules, and rows
/// are remembered very often.
package protocol ColumnVisitor {
  associatedtype Failure: Error
  // `name` is the column's name in snapshots, `table.column`.
  mutating func visit(_ column: inout Column<Float>, _ name: StaticString) throws(Failure)
  mutating func visit(_ column: inout Column<Double>, _ name: StaticString) throws(Failure)
  mutating func visit(_ column: inout Column<Int64>, _ name: StaticString) throws(Failure)
  mutating func visit(_ column: inout Column<Int32>, _ name: StaticString) throws(Failure)
  mutating func visit(_ column: inout Column<Int16>, _ name: StaticString) throws(Failure)
  mutating func visit(_ column: inout Column<UInt8>, _ name: StaticString) throws(Failure)
}

private struct ColumnRowAppending: ColumnVisitor {
  typealias Failure = Never
  func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    column.appendRow()
  }
}

private struct ColumnReset: ColumnVisitor {
  typealias Failure = Never
  let row: Int

  func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    column.reset(row: row)
  }
}

private struct ColumnRemembering: ColumnVisitor {
  typealias Failure = Never
  let row: Int

  func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    column.remember(row: row)
  }
}

private struct ColumnRollBack: ColumnVisitor {
  typealias Failure = Never
  let rows: [Int]
  let count: Int

  func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    column.rollBack(rows: rows, keeping: count)
  }
}

private struct ColumnCommit: ColumnVisitor {
  typealias Failure = Never
  func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    column.commit()
  }
}

private struct ColumnWriting: ColumnVisitor {
  typealias Failure = Never
  var tensors: [ColumnTensor] = []

  mutating func visit<Element>(_ column: inout Column<Element>, _ name: StaticString) {
    tensors.append(ColumnTensor(name: "\(name)", column: column))
  }
}

private struct ColumnReading: ColumnVisitor {
  typealias Failure = ColumnTensorError
  let tensors: [String: ColumnTensor]
  /// The first column; all others must have as many rows.
  var first: (name: String, count: Int)?

  mutating func visit<Element>(
    _ column: inout Column<Element>, _ name: StaticString
  ) throws(ColumnTensorError) {
    let name = "\(name)"
    try column.restore(tensors, name: name)
    let first = first ?? (name, column.count)
    guard column.count == first.count else {
      throw .mismatch(
        name: name, expected: "of as many rows as '\(first.name)', \(first.count)",
        found: "\(column.count)")
    }
    self.first = first
  }
}
