package import TimeSeries

extension SeriesStates {
  package mutating func appendRow() {
    hidden.appendRow()
    cell.appendRow()
    ring.appendRow()
    inputs.appendRow()
    scalers.appendRow()
    counters.appendRow()
    times.appendRow()
    stale.appendRow()
  }

  package mutating func remember(row: Int) {
    hidden.remember(row: row)
    cell.remember(row: row)
    ring.remember(row: row)
    inputs.remember(row: row)
    scalers.remember(row: row)
    counters.remember(row: row)
    times.remember(row: row)
    stale.remember(row: row)
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    hidden.rollBack(rows: rows, keeping: count)
    cell.rollBack(rows: rows, keeping: count)
    ring.rollBack(rows: rows, keeping: count)
    inputs.rollBack(rows: rows, keeping: count)
    scalers.rollBack(rows: rows, keeping: count)
    counters.rollBack(rows: rows, keeping: count)
    times.rollBack(rows: rows, keeping: count)
    stale.rollBack(rows: rows, keeping: count)
    recountStale()
  }

  package mutating func commit() {
    hidden.commit()
    cell.commit()
    ring.commit()
    inputs.commit()
    scalers.commit()
    counters.commit()
    times.commit()
    stale.commit()
  }

  package func tensors() -> [ColumnTensor] {
    [
      ColumnTensor(name: "model.hidden", type: .float32, column: hidden),
      ColumnTensor(name: "model.cell", type: .float32, column: cell),
      ColumnTensor(name: "model.ring", type: .float32, column: ring),
      ColumnTensor(name: "model.inputs", type: .int16, column: inputs),
      ColumnTensor(name: "model.scalers", type: .float64, column: scalers),
      ColumnTensor(name: "model.counters", type: .int64, column: counters),
      ColumnTensor(name: "model.times", type: .int64, column: times),
      ColumnTensor(name: "model.stale", type: .uint8, column: stale),
    ]
  }

  package mutating func restore(
    _ tensors: [String: ColumnTensor]
  ) throws(ColumnTensorError) {
    var restored = SeriesStates(settings: settings)
    try restored.hidden.restore(tensors, name: "model.hidden", type: .float32)
    try restored.cell.restore(tensors, name: "model.cell", type: .float32)
    try restored.ring.restore(tensors, name: "model.ring", type: .float32)
    try restored.inputs.restore(tensors, name: "model.inputs", type: .int16)
    try restored.scalers.restore(tensors, name: "model.scalers", type: .float64)
    try restored.counters.restore(tensors, name: "model.counters", type: .int64)
    try restored.times.restore(tensors, name: "model.times", type: .int64)
    if tensors["model.stale"] == nil {  // a snapshot of before swaps were put off
      for _ in 0..<restored.count { restored.stale.appendRow() }
    } else {
      try restored.stale.restore(tensors, name: "model.stale", type: .uint8)
    }
    restored.recountStale()
    let counts = [
      ("model.hidden", restored.hidden.count), ("model.cell", restored.cell.count),
      ("model.ring", restored.ring.count), ("model.inputs", restored.inputs.count),
      ("model.scalers", restored.scalers.count), ("model.counters", restored.counters.count),
      ("model.stale", restored.stale.count),
    ]
    for (name, count) in counts where count != restored.count {
      throw .mismatch(name: name, expected: "\(restored.count) rows", found: "\(count) rows")
    }
    self = restored
  }
}
