package import TimeSeries

extension SeriesStates {
  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&hidden, "states.hidden")
    try visitor.visit(&cell, "states.cell")
    try visitor.visit(&ring, "states.ring")
    try visitor.visit(&inputs, "states.inputs")
    try visitor.visit(&scalers, "states.scalers")
    try visitor.visit(&counters, "states.counters")
    try visitor.visit(&times, "states.times")
    try visitor.visit(&stale, "states.stale")
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    rollBackColumns(rows: rows, keeping: count)
    recountStale()
  }

  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    var tensors = tensors
    if tensors["states.stale"] == nil, let rows = tensors["states.times"]?.shape.first {
      // A snapshot of before swaps were put off.
      var fresh = stale
      for _ in 0..<rows { fresh.appendRow() }
      tensors["states.stale"] = ColumnTensor(name: "states.stale", column: fresh)
    }
    try restoreColumns(tensors)
    recountStale()
  }
}
