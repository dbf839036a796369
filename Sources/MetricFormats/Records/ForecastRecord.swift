package import TimeSeries

/// A forecast record as a subscriber reads it.
package struct ForecastRecord: Sendable, Equatable {
  package var series: RecordSeries
  /// End of the last closed bucket when the forecast was made.
  package var time: Milliseconds
  /// From one forecast bucket to the next.
  package var step: Milliseconds
  package var horizon: Int
  package var quantiles: [Double]
  /// Shape: `[horizon, quantiles]`, row-major; NaN where the record has null.
  package var values: [Double]
  package var modelVersion: Int
  /// Name of the forecaster that made it.
  package var forecaster: String
  package var isWarming: Bool

  /// - Throws: where the bytes are not a forecast record: another topic's, or a newer version's.
  package init(decoding bytes: UnsafeRawBufferPointer) throws(RecordError) {
    let parser = JSONParser(capacity: max(bytes.count, 1))
    defer { withExtendedLifetime(parser) {} }
    let record = try RecordReader(bytes, parser)
    series = try record.series()
    time = try record.integer("time")
    step = try record.integer("step")
    horizon = Int(try record.integer("horizon"))
    quantiles = try RecordReader.numbers(try record.member("quantiles"), "quantiles")
    modelVersion = Int(try record.integer("model"))
    forecaster = try record.string("forecaster")
    isWarming = try record.flag("warming")
    values = []
    var rowCount = 0
    var rows = try record.member("values").elements
    while let row = rows.next() {
      let row = try RecordReader.numbers(row, "values")
      guard row.count == quantiles.count else { throw .wrongField(name: "values") }
      values += row
      rowCount += 1
    }
    guard rowCount == horizon else { throw .wrongField(name: "values") }
  }
}
