// Undo and snapshots of the alignment table.

extension AlignmentTable {
  package mutating func appendRow() {
    earlier.appendRow()
    newestValue.appendRow()
    newestTime.appendRow()
    readings.appendRow()
    lastTime.appendRow()
    lastClosed.appendRow()
    missing.appendRow()
    phase.appendRow()
    isCounter.appendRow()
    counterValue.appendRow()
    counterTime.appendRow()
  }

  package mutating func remember(row: Int) {
    earlier.remember(row: row)
    newestValue.remember(row: row)
    newestTime.remember(row: row)
    readings.remember(row: row)
    lastTime.remember(row: row)
    lastClosed.remember(row: row)
    missing.remember(row: row)
    phase.remember(row: row)
    isCounter.remember(row: row)
    counterValue.remember(row: row)
    counterTime.remember(row: row)
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    earlier.rollBack(rows: rows, keeping: count)
    newestValue.rollBack(rows: rows, keeping: count)
    newestTime.rollBack(rows: rows, keeping: count)
    readings.rollBack(rows: rows, keeping: count)
    lastTime.rollBack(rows: rows, keeping: count)
    lastClosed.rollBack(rows: rows, keeping: count)
    missing.rollBack(rows: rows, keeping: count)
    phase.rollBack(rows: rows, keeping: count)
    isCounter.rollBack(rows: rows, keeping: count)
    counterValue.rollBack(rows: rows, keeping: count)
    counterTime.rollBack(rows: rows, keeping: count)
    counts = committedCounts
    closedThrough = committedClosedThrough
  }

  package mutating func commit() {
    earlier.commit()
    newestValue.commit()
    newestTime.commit()
    readings.commit()
    lastTime.commit()
    lastClosed.commit()
    missing.commit()
    phase.commit()
    isCounter.commit()
    counterValue.commit()
    counterTime.commit()
    committedCounts = counts
    committedClosedThrough = closedThrough
  }

  package func tensors() -> [ColumnTensor] {
    [
      ColumnTensor(name: "alignment.grid", type: .int64, column: grid),
      ColumnTensor(name: "alignment.earlier", type: .float64, column: earlier),
      ColumnTensor(name: "alignment.newest_value", type: .float64, column: newestValue),
      ColumnTensor(name: "alignment.newest_time", type: .int64, column: newestTime),
      ColumnTensor(name: "alignment.readings", type: .int32, column: readings),
      ColumnTensor(name: "alignment.last_time", type: .int64, column: lastTime),
      ColumnTensor(name: "alignment.last_closed", type: .int64, column: lastClosed),
      ColumnTensor(name: "alignment.missing", type: .int32, column: missing),
      ColumnTensor(name: "alignment.phase", type: .uint8, column: phase),
      ColumnTensor(name: "alignment.is_counter", type: .uint8, column: isCounter),
      ColumnTensor(name: "alignment.counter_value", type: .float64, column: counterValue),
      ColumnTensor(name: "alignment.counter_time", type: .int64, column: counterTime),
    ]
  }

  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    var savedGrid = Column<Int64>(width: 3, initial: 0)
    try savedGrid.restore(tensors, name: "alignment.grid", type: .int64)
    let expected = grid.elements
    guard savedGrid.count == 1, savedGrid.elements[0..<2] == expected[0..<2] else {
      throw .mismatch(
        name: "alignment.grid", expected: "interval and aggregation \(expected[0..<2])",
        found: "\(savedGrid.elements.prefix(2))")
    }
    try ColumnTensor.requireEqualRows(tensors, prefix: "alignment.", except: "alignment.grid")
    try earlier.restore(tensors, name: "alignment.earlier", type: .float64)
    try newestValue.restore(tensors, name: "alignment.newest_value", type: .float64)
    try newestTime.restore(tensors, name: "alignment.newest_time", type: .int64)
    try readings.restore(tensors, name: "alignment.readings", type: .int32)
    try lastTime.restore(tensors, name: "alignment.last_time", type: .int64)
    try lastClosed.restore(tensors, name: "alignment.last_closed", type: .int64)
    try missing.restore(tensors, name: "alignment.missing", type: .int32)
    try phase.restore(tensors, name: "alignment.phase", type: .uint8)
    try isCounter.restore(tensors, name: "alignment.is_counter", type: .uint8)
    try counterValue.restore(tensors, name: "alignment.counter_value", type: .float64)
    try counterTime.restore(tensors, name: "alignment.counter_time", type: .int64)
    closedThrough = savedGrid.elements[2]
    commit()
  }

  /// What open buckets mean something under: interval and aggregation; and the table's one state
  /// that is not a series'.
  private var grid: Column<Int64> {
    var grid = Column<Int64>(width: 3, initial: 0)
    grid.appendRow()
    grid.elements = [settings.interval, Int64(settings.aggregation.rawValue), closedThrough]
    return grid
  }
}
