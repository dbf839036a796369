package import TimeSeries

// The columns of the calibration table, and the same as memory.

extension CalibrationTable {
  /// - Precondition: the table has rows.
  @inline(__always)
  mutating func withPointers<R>(_ body: (CalibrationPointers) -> R) -> R {
    precondition(!origin.elements.isEmpty, "a table without rows has none to work on")
    let (flightSize, shiftsSize, numbersSize) = (flight.width, shifts.width, numbers.width)
    // An array that is handed over as a pointer is memory for the length of the call.
    func call(
      _ origins: UnsafeMutablePointer<Int64>, _ frames: UnsafeMutablePointer<Double>,
      _ flights: UnsafeMutablePointer<Int16>, _ shifts: UnsafeMutablePointer<Int16>,
      _ numbers: UnsafeMutablePointer<Float>, _ counts: UnsafeMutablePointer<Int32>,
      _ choices: UnsafeMutablePointer<UInt8>
    ) -> R {
      body(
        CalibrationPointers(
          origins: origins, frames: frames, flights: flights, shiftRows: shifts,
          numberRows: numbers, counts: counts, choices: choices, flightSize: flightSize,
          shiftsSize: shiftsSize, numbersSize: numbersSize))
    }
    return call(
      &origin.elements, &frame.elements, &flight.elements, &shifts.elements, &numbers.elements,
      &counts.elements, &choice.elements)
  }

  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&origin, "calibration.origin")
    try visitor.visit(&frame, "calibration.frame")
    try visitor.visit(&flight, "calibration.flight")
    try visitor.visit(&shifts, "calibration.shifts")
    try visitor.visit(&numbers, "calibration.numbers")
    try visitor.visit(&counts, "calibration.counts")
    try visitor.visit(&choice, "calibration.choice")
  }

  package mutating func appendRow() {
    appendRowToColumns()
    let row = count - 1
    let layout = layout
    withPointers { state in
      let numbers = state.numbers(row)
      (numbers + layout.lossesOffset).update(
        repeating: .nan, count: CalibrationLayout.voices + CalibrationLayout.kinds)
      layout.autoregression.reset(numbers + layout.regressionOffset)
    }
  }
}
