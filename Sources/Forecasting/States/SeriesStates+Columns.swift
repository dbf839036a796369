package import TimeSeries

extension SeriesStates {
  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&hidden, "model.hidden")
    try visitor.visit(&cell, "model.cell")
    try visitor.visit(&ring, "model.ring")
    try visitor.visit(&inputs, "model.inputs")
    try visitor.visit(&scalers, "model.scalers")
    try visitor.visit(&counters, "model.counters")
    try visitor.visit(&times, "model.times")
    try visitor.visit(&stale, "model.stale")
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    rollBackColumns(rows: rows, keeping: count)
    recountStale()
  }

  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    var tensors = tensors
    if tensors["model.stale"] == nil, let rows = tensors["model.times"]?.shape.first {
      // In snapshots of earlier versions no state is stale.
      var fresh = stale
      for _ in 0..<rows { fresh.appendRow() }
      tensors["model.stale"] = ColumnTensor(name: "model.stale", column: fresh)
    }
    try restoreColumns(tensors)
    recountStale()
  }
}
