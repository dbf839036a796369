// The columns of the alignment table, and the state that belongs to no series.

extension AlignmentTable {
  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&earlier, "alignment.earlier")
    try visitor.visit(&newestValue, "alignment.newest_value")
    try visitor.visit(&newestTime, "alignment.newest_time")
    try visitor.visit(&readings, "alignment.readings")
    try visitor.visit(&lastTime, "alignment.last_time")
    try visitor.visit(&lastSeen, "alignment.last_seen")
    try visitor.visit(&lastClosed, "alignment.last_closed")
    try visitor.visit(&missing, "alignment.missing")
    try visitor.visit(&phase, "alignment.phase")
    try visitor.visit(&isCounter, "alignment.is_counter")
    try visitor.visit(&counterValue, "alignment.counter_value")
    try visitor.visit(&counterTime, "alignment.counter_time")
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    rollBackColumns(rows: rows, keeping: count)
    counts = committedCounts
    closedThrough = committedClosedThrough
    nextRow = 0
  }

  package mutating func commit() {
    commitColumns()
    committedCounts = counts
    committedClosedThrough = closedThrough
  }

  package func tensors() -> [ColumnTensor] {
    [ColumnTensor(name: "alignment.grid", column: grid)] + columnTensors()
  }

  /// The settings on which the meaning of open buckets depends (interval and aggregation), and the
  /// only state of the table that belongs to no series (`closedThrough`).
  private var grid: Column<Int64> {
    var grid = Column<Int64>(width: 3, initial: 0)
    grid.appendRow()
    grid.elements = [settings.interval, Int64(settings.aggregation.rawValue), closedThrough]
    return grid
  }
}
