import Testing
import TimeSeries

@Suite("Columns of state")
struct ColumnTests {
  @Test("a roll-back restores remembered rows and removes new ones")
  func rollBack() {
    var column = Column<Int32>(width: 2, initial: 7)
    for _ in 0..<3 { column.appendRow() }
    column.commit()
    column.remember(row: 2)
    column.elements[5] = 1
    column.appendRow()
    column.remember(row: 3)
    column.elements[6] = 2
    column.remember(row: 0)
    column.elements[0] = 3
    column.rollBack(rows: [2, 3, 0], keeping: 3)
    #expect(column.elements == [7, 7, 7, 7, 7, 7])
    column.remember(row: 1)
    column.elements[2] = 9
    column.commit()
    column.rollBack(rows: [], keeping: 3)
    #expect(column.elements == [7, 7, 9, 7, 7, 7])
  }

  @Test("a tensor restores its column, another type or width is refused")
  func restore() throws {
    var column = Column<Double>(width: 2, initial: 1.5)
    column.appendRow()
    column.elements[1] = -3
    let tensor = ColumnTensor(name: "t", column: column)
    #expect(tensor.shape == [1, 2])
    var same = Column<Double>(width: 2, initial: 0)
    try same.restore(["t": tensor], name: "t")
    #expect(same.elements == [1.5, -3])

    var narrow = Column<Double>(width: 1, initial: 0)
    #expect(throws: ColumnTensorError.self) {
      try narrow.restore(["t": tensor], name: "t")
    }
    var integers = Column<Int64>(width: 2, initial: 0)
    #expect(throws: ColumnTensorError.self) {
      try integers.restore(["t": tensor], name: "t")
    }
    #expect(throws: ColumnTensorError.self) {
      try same.restore(["t": tensor], name: "u")
    }
  }
}
