package import TimeSeries

// The columns of the calibration table, and access to them as memory.

extension CalibrationTable {
  /// - Precondition: the table has rows.
  @inline(__always)
  mutating func withPointers<R>(_ body: (CalibrationPointers) -> R) -> R {
    precondition(!origin.elements.isEmpty, "a table without rows has none to work on")
    let (trackedSize, shiftsSize, places) = (tracked.width, shifts.width, layout.places)
    // An array that is passed as a pointer is valid memory for the length of the call.
    func call(
      _ origins: UnsafeMutablePointer<Int64>, _ frames: UnsafeMutablePointer<Double>,
      _ tracked: UnsafeMutablePointer<Int16>, _ shifts: UnsafeMutablePointer<Int16>,
      _ learned: UnsafeMutablePointer<Float>, _ counts: UnsafeMutablePointer<Int32>,
      _ choices: UnsafeMutablePointer<UInt8>
    ) -> R {
      body(
        CalibrationPointers(
          origins: origins, frames: frames, trackedRows: tracked, shiftRows: shifts,
          learnedRows: learned, counts: counts, choices: choices, trackedSize: trackedSize,
          shiftsSize: shiftsSize, places: places))
    }
    return call(
      &origin.elements, &frame.elements, &tracked.elements, &shifts.elements, &learned.elements,
      &counts.elements, &choice.elements)
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
    beginRow(count - 1)
  }

  package mutating func reset(row: Int) {
    resetColumns(row: row)
    beginRow(row)
  }

  private mutating func beginRow(_ row: Int) {
    let layout = layout
    withPointers { state in
      state.loss(of: .network, row: row).update(
        repeating: .nan, count: Candidate.allCases.count + CalibrationLayout.baselineCount)
      layout.autoregression.reset(state.regression(row))
    }
  }
}
