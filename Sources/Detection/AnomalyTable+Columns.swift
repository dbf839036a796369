package import TimeSeries

// The columns of the anomaly table, and the meaning of the numbers in a row.

/// The forecast that was made for a series' next step.
struct Expectation {
  var median: Double
  /// Distances of the interval's ends from the median.
  var low: Float
  var high: Float
  /// A scale of the expected errors.
  var spread: Float
}

/// The present excursion: the forecast for its first step, and the value of its newest anomalous
/// step.
struct Excursion {
  var median: Double
  var spread: Double
  var newest: Double
}

extension AnomalyTable {
  static let momentsWidth = 10
  static let intervalWidth = 3
  static let excursionWidth = 3

  func expectation(row: Int) -> Expectation {
    let first = row * Self.intervalWidth
    return Expectation(
      median: median[row], low: interval.elements[first], high: interval.elements[first + 1],
      spread: interval.elements[first + 2])
  }

  mutating func setExpectation(_ expectation: Expectation, row: Int) {
    let first = row * Self.intervalWidth
    median[row] = expectation.median
    interval.elements[first] = expectation.low
    interval.elements[first + 1] = expectation.high
    interval.elements[first + 2] = expectation.spread
  }

  func excursion(row: Int) -> Excursion {
    let first = row * Self.excursionWidth
    return Excursion(
      median: excursions.elements[first], spread: excursions.elements[first + 1],
      newest: excursions.elements[first + 2])
  }

  mutating func beginExcursion(row: Int) {
    let first = row * Self.excursionWidth
    let expectation = expectation(row: row)
    excursions.elements[first] = expectation.median
    excursions.elements[first + 1] = Double(expectation.spread)
  }

  mutating func noteExcursion(newest value: Double, row: Int) {
    excursions.elements[row * Self.excursionWidth + 2] = value
  }

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

  /// Fading number of anomalous steps within the last few thousand: the last of the moments of a
  /// row.
  func load(row: Int) -> Float { moments.elements[(row + 1) * Self.momentsWidth - 1] }

  mutating func setLoad(_ load: Float, row: Int) {
    moments.elements[(row + 1) * Self.momentsWidth - 1] = load
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
    try visitor.visit(&excursions, "anomaly.excursion")
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
    setTailMoments(ErrorTail.initial, row: row)
    setEvidenceCalibration(CombinedEvidence.initialCalibration, row: row)
  }
}
