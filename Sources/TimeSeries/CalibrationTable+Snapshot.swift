// Undo and snapshots of the calibration table, and its columns as memory.

extension CalibrationTable {
  /// - Precondition: the table has rows.
  @inline(__always)
  mutating func withPointers<R>(_ body: (CalibrationPointers) -> R) -> R {
    let (flightSize, shiftsSize, numbersSize) = (flight.width, shifts.width, numbers.width)
    return origin.elements.withUnsafeMutableBufferPointer { origins in
      frame.elements.withUnsafeMutableBufferPointer { frames in
        flight.elements.withUnsafeMutableBufferPointer { flights in
          shifts.elements.withUnsafeMutableBufferPointer { shifts in
            numbers.elements.withUnsafeMutableBufferPointer { numbers in
              counts.elements.withUnsafeMutableBufferPointer { counts in
                choice.elements.withUnsafeMutableBufferPointer { choices in
                  guard let origins = origins.baseAddress, let frames = frames.baseAddress,
                    let flights = flights.baseAddress, let shifts = shifts.baseAddress,
                    let numbers = numbers.baseAddress, let counts = counts.baseAddress,
                    let choices = choices.baseAddress
                  else { preconditionFailure("a table without rows has none to work on") }
                  return body(
                    CalibrationPointers(
                      origins: origins, frames: frames, flights: flights, shiftRows: shifts,
                      numberRows: numbers, counts: counts, choices: choices,
                      flightSize: flightSize, shiftsSize: shiftsSize, numbersSize: numbersSize))
                }
              }
            }
          }
        }
      }
    }
  }

  package mutating func appendRow() {
    origin.appendRow()
    frame.appendRow()
    flight.appendRow()
    shifts.appendRow()
    numbers.appendRow()
    counts.appendRow()
    choice.appendRow()
    let row = count - 1
    let layout = layout
    withPointers { state in
      let numbers = state.numbers(row)
      (numbers + layout.lossesOffset).update(
        repeating: .nan, count: CalibrationLayout.voices + CalibrationLayout.kinds)
      layout.autoregression.reset(numbers + layout.regressionOffset)
    }
  }

  package mutating func remember(row: Int) {
    origin.remember(row: row)
    frame.remember(row: row)
    flight.remember(row: row)
    shifts.remember(row: row)
    numbers.remember(row: row)
    counts.remember(row: row)
    choice.remember(row: row)
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    origin.rollBack(rows: rows, keeping: count)
    frame.rollBack(rows: rows, keeping: count)
    flight.rollBack(rows: rows, keeping: count)
    shifts.rollBack(rows: rows, keeping: count)
    numbers.rollBack(rows: rows, keeping: count)
    counts.rollBack(rows: rows, keeping: count)
    choice.rollBack(rows: rows, keeping: count)
  }

  package mutating func commit() {
    origin.commit()
    frame.commit()
    flight.commit()
    shifts.commit()
    numbers.commit()
    counts.commit()
    choice.commit()
  }

  package func tensors() -> [ColumnTensor] {
    [
      ColumnTensor(name: "calibration.origin", type: .int64, column: origin),
      ColumnTensor(name: "calibration.frame", type: .float64, column: frame),
      ColumnTensor(name: "calibration.flight", type: .int16, column: flight),
      ColumnTensor(name: "calibration.shifts", type: .int16, column: shifts),
      ColumnTensor(name: "calibration.numbers", type: .float32, column: numbers),
      ColumnTensor(name: "calibration.counts", type: .int32, column: counts),
      ColumnTensor(name: "calibration.choice", type: .uint8, column: choice),
    ]
  }

  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    try ColumnTensor.requireEqualRows(tensors, prefix: "calibration.")
    try origin.restore(tensors, name: "calibration.origin", type: .int64)
    try frame.restore(tensors, name: "calibration.frame", type: .float64)
    try flight.restore(tensors, name: "calibration.flight", type: .int16)
    try shifts.restore(tensors, name: "calibration.shifts", type: .int16)
    try numbers.restore(tensors, name: "calibration.numbers", type: .float32)
    try counts.restore(tensors, name: "calibration.counts", type: .int32)
    try choice.restore(tensors, name: "calibration.choice", type: .uint8)
    commit()
  }
}
