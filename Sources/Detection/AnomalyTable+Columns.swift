package import TimeSeries

// The columns of the anomaly table, and the rows of numbers as what they mean.

extension AnomalyTable {
  package mutating func visitColumns<Visitor: ColumnVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(&forecastTime, "anomaly.forecast_time")
    try visitor.visit(&median, "anomaly.median")
    try visitor.visit(&interval, "anomaly.interval")
    try visitor.visit(&evidence, "anomaly.evidence_state")
    try visitor.visit(&values, "anomaly.values")
    try visitor.visit(&incidents, "anomaly.incident")
    try visitor.visit(&openedAt, "anomaly.opened_at")
    try visitor.visit(&missing, "anomaly.missing")
    try visitor.visit(&excursions, "anomaly.excursion")
    try visitor.visit(&planned, "anomaly.planned")
  }

  /// In snapshots of earlier versions nothing was planned.
  package mutating func restore(_ tensors: [String: ColumnTensor]) throws(ColumnTensorError) {
    var tensors = tensors
    if tensors["anomaly.planned"] == nil, let rows = tensors["anomaly.missing"]?.shape.first {
      var none = planned
      while none.count < rows { none.appendRow() }
      tensors["anomaly.planned"] = ColumnTensor(name: "anomaly.planned", column: none)
    }
    try restoreColumns(tensors)
  }

  package mutating func appendRow() {
    appendRowToColumns()
    beginRow(count - 1)
  }

  package mutating func reset(row: Int) {
    resetColumns(row: row)
    feedback.forget(row: row)
    beginRow(row)
  }

  private mutating func beginRow(_ row: Int) {
    setIncident(.initial, row: row)
    withState(row: row) { evidence, values in
      evidence = .initial
      values = .initial
    }
  }

  /// Takes back what the newest opening has cost the series of its budget, because an incident of its
  /// group accounts for it.
  package mutating func refundOpening(row: Int) {
    var incident = incident(row: row)
    incident.refundOpening()
    setIncident(incident, row: row)
  }

  func incident(row: Int) -> Incident {
    incidents.elements.withUnsafeBytes { bytes in
      bytes.loadUnaligned(
        fromByteOffset: row * MemoryLayout<Incident>.size, as: Incident.self)
    }
  }

  mutating func setIncident(_ incident: Incident, row: Int) {
    incidents.elements.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(
        of: incident, toByteOffset: row * MemoryLayout<Incident>.size, as: Incident.self)
    }
  }

  /// Passes the row's evidence and values, in place.
  mutating func withState(
    row: Int, _ body: (inout SeriesEvidence, inout SeriesValues) -> Void
  ) {
    evidence.elements.withUnsafeMutableBytes { evidence in
      values.elements.withUnsafeMutableBytes { values in
        // The row is within the column, and its floats are the properties of the type.
        let state = evidence.baseAddress.unsafelyUnwrapped.advanced(
          by: row * MemoryLayout<SeriesEvidence>.size)
        let numbers = values.baseAddress.unsafelyUnwrapped.advanced(
          by: row * MemoryLayout<SeriesValues>.size)
        body(
          &state.assumingMemoryBound(to: SeriesEvidence.self).pointee,
          &numbers.assumingMemoryBound(to: SeriesValues.self).pointee)
      }
    }
  }
}
