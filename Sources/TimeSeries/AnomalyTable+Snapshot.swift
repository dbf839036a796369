// Undo and snapshots of the anomaly table, and how a row keeps its tail moments.

extension AnomalyTable {
  static let momentsWidth = 10

  func tailMoments(row: Int) -> ErrorTail.Moments {
    let first = row * Self.momentsWidth
    return ErrorTail.Moments(
      exceedance: moments.elements[first], meanExcess: moments.elements[first + 1],
      halfDifference: moments.elements[first + 2], lastExcess: moments.elements[first + 3],
      size: moments.elements[first + 4], excesses: moments.elements[first + 5],
      errors: moments.elements[first + 6])
  }

  mutating func setTailMoments(_ tail: ErrorTail.Moments, row: Int) {
    let first = row * Self.momentsWidth
    moments.elements[first] = tail.exceedance
    moments.elements[first + 1] = tail.meanExcess
    moments.elements[first + 2] = tail.halfDifference
    moments.elements[first + 3] = tail.lastExcess
    moments.elements[first + 4] = tail.size
    moments.elements[first + 5] = tail.excesses
    moments.elements[first + 6] = tail.errors
  }

  func evidenceCalibration(row: Int) -> CombinedEvidence.Calibration {
    let first = row * Self.momentsWidth + 7
    return CombinedEvidence.Calibration(
      exceedance: moments.elements[first], meanExcess: moments.elements[first + 1])
  }

  mutating func setEvidenceCalibration(_ calibration: CombinedEvidence.Calibration, row: Int) {
    let first = row * Self.momentsWidth + 7
    moments.elements[first] = calibration.exceedance
    moments.elements[first + 1] = calibration.meanExcess
  }

  package mutating func appendRow() {
    forecastTime.appendRow()
    median.appendRow()
    interval.appendRow()
    errors.appendRow()
    errorCount.appendRow()
    moments.appendRow()
    evidence.appendRow()
    run.appendRow()
    missing.appendRow()
    sinceReport.appendRow()
    calmSteps.appendRow()
    reported.appendRow()
    excursion.appendRow()
    setTailMoments(ErrorTail.initial, row: count - 1)
    setEvidenceCalibration(CombinedEvidence.initialCalibration, row: count - 1)
  }

  package mutating func remember(row: Int) {
    forecastTime.remember(row: row)
    median.remember(row: row)
    interval.remember(row: row)
    errors.remember(row: row)
    errorCount.remember(row: row)
    moments.remember(row: row)
    evidence.remember(row: row)
    run.remember(row: row)
    missing.remember(row: row)
    sinceReport.remember(row: row)
    calmSteps.remember(row: row)
    reported.remember(row: row)
    excursion.remember(row: row)
  }

  package mutating func rollBack(rows: [Int], keeping count: Int) {
    forecastTime.rollBack(rows: rows, keeping: count)
    median.rollBack(rows: rows, keeping: count)
    interval.rollBack(rows: rows, keeping: count)
    errors.rollBack(rows: rows, keeping: count)
    errorCount.rollBack(rows: rows, keeping: count)
    moments.rollBack(rows: rows, keeping: count)
    evidence.rollBack(rows: rows, keeping: count)
    run.rollBack(rows: rows, keeping: count)
    missing.rollBack(rows: rows, keeping: count)
    sinceReport.rollBack(rows: rows, keeping: count)
    calmSteps.rollBack(rows: rows, keeping: count)
    reported.rollBack(rows: rows, keeping: count)
    excursion.rollBack(rows: rows, keeping: count)
  }

  package mutating func commit() {
    forecastTime.commit()
    median.commit()
    interval.commit()
    errors.commit()
    errorCount.commit()
    moments.commit()
    evidence.commit()
    run.commit()
    missing.commit()
    sinceReport.commit()
    calmSteps.commit()
    reported.commit()
    excursion.commit()
  }

  package func tensors() -> [ColumnTensor] {
    [
      ColumnTensor(name: "anomaly.forecast_time", type: .int64, column: forecastTime),
      ColumnTensor(name: "anomaly.median", type: .float64, column: median),
      ColumnTensor(name: "anomaly.interval", type: .float32, column: interval),
      ColumnTensor(name: "anomaly.errors", type: .float32, column: errors),
      ColumnTensor(name: "anomaly.error_count", type: .int32, column: errorCount),
      ColumnTensor(name: "anomaly.moments", type: .float32, column: moments),
      ColumnTensor(name: "anomaly.evidence", type: .float32, column: evidence),
      ColumnTensor(name: "anomaly.run", type: .int32, column: run),
      ColumnTensor(name: "anomaly.missing", type: .int32, column: missing),
      ColumnTensor(name: "anomaly.since_report", type: .int32, column: sinceReport),
      ColumnTensor(name: "anomaly.calm_steps", type: .int32, column: calmSteps),
      ColumnTensor(name: "anomaly.reported", type: .uint8, column: reported),
      ColumnTensor(name: "anomaly.excursion", type: .float64, column: excursion),
    ]
  }

  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    try ColumnTensor.requireEqualRows(tensors, prefix: "anomaly.")
    try forecastTime.restore(tensors, name: "anomaly.forecast_time", type: .int64)
    try median.restore(tensors, name: "anomaly.median", type: .float64)
    try interval.restore(tensors, name: "anomaly.interval", type: .float32)
    try errors.restore(tensors, name: "anomaly.errors", type: .float32)
    try errorCount.restore(tensors, name: "anomaly.error_count", type: .int32)
    try moments.restore(tensors, name: "anomaly.moments", type: .float32)
    try evidence.restore(tensors, name: "anomaly.evidence", type: .float32)
    try run.restore(tensors, name: "anomaly.run", type: .int32)
    try missing.restore(tensors, name: "anomaly.missing", type: .int32)
    try sinceReport.restore(tensors, name: "anomaly.since_report", type: .int32)
    try calmSteps.restore(tensors, name: "anomaly.calm_steps", type: .int32)
    try reported.restore(tensors, name: "anomaly.reported", type: .uint8)
    try excursion.restore(tensors, name: "anomaly.excursion", type: .float64)
    commit()
  }
}
