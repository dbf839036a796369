package import TimeSeries

// The columns of the anomaly table, and how a row keeps its tail moments.

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

  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&forecastTime, "anomaly.forecast_time")
    try visitor.visit(&median, "anomaly.median")
    try visitor.visit(&interval, "anomaly.interval")
    try visitor.visit(&errors, "anomaly.errors")
    try visitor.visit(&errorCount, "anomaly.error_count")
    try visitor.visit(&moments, "anomaly.moments")
    try visitor.visit(&evidence, "anomaly.evidence")
    try visitor.visit(&run, "anomaly.run")
    try visitor.visit(&missing, "anomaly.missing")
    try visitor.visit(&sinceReport, "anomaly.since_report")
    try visitor.visit(&calmSteps, "anomaly.calm_steps")
    try visitor.visit(&reported, "anomaly.reported")
    try visitor.visit(&excursion, "anomaly.excursion")
  }

  package mutating func appendRow() {
    appendRowToColumns()
    setTailMoments(ErrorTail.initial, row: count - 1)
    setEvidenceCalibration(CombinedEvidence.initialCalibration, row: count - 1)
  }
}
