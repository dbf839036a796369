package import TimeSeries

// The columns of the calibration table, and the same as memory.

extension CalibrationTable {
  /// - Precondition: the table has rows.
  @inline(__always)
  mutating func withPointers<R>(_ body: (CalibrationPointers) -> R) -> R {
    let (trackedSize, shiftsSize, places) = (tracked.width, shifts.width, layout.places)
    return origin.elements.withUnsafeMutableBufferPointer { origins in
      frame.elements.withUnsafeMutableBufferPointer { frames in
        tracked.elements.withUnsafeMutableBufferPointer { tracked in
          shifts.elements.withUnsafeMutableBufferPointer { shifts in
            learned.elements.withUnsafeMutableBufferPointer { learned in
              counts.elements.withUnsafeMutableBufferPointer { counts in
                choice.elements.withUnsafeMutableBufferPointer { choices in
                  guard let origins = origins.baseAddress, let frames = frames.baseAddress,
                    let tracked = tracked.baseAddress, let shifts = shifts.baseAddress,
                    let learned = learned.baseAddress, let counts = counts.baseAddress,
                    let choices = choices.baseAddress
                  else { preconditionFailure("a table without rows has none to work on") }
                  return body(
                    CalibrationPointers(
                      origins: origins, frames: frames, trackedRows: tracked, shiftRows: shifts,
                      learnedRows: learned, counts: counts, choices: choices,
                      trackedSize: trackedSize, shiftsSize: shiftsSize, places: places))
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
    try visitor.visit(&tracked, "calibration.tracked")
    try visitor.visit(&shifts, "calibration.shifts")
    try visitor.visit(&learned, "calibration.learned")
    try visitor.visit(&counts, "calibration.counts")
    try visitor.visit(&choice, "calibration.choice")
  }

  package mutating func appendRow() {
    appendRowToColumns()
    let row = count - 1
    let layout = layout
    withPointers { state in
      state.loss(of: .network, row: row).update(
        repeating: .nan, count: Candidate.allCases.count + CalibrationLayout.baselineCount)
      layout.autoregression.reset(state.regression(row))
    }
  }
}
