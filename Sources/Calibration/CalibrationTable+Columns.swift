package import TimeSeries

// The columns of the calibration table, and the same as memory.

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
