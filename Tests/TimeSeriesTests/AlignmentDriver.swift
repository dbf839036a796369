import TimeSeries

/// A point for a series that is known by its number.
struct SeriesPoint {
  var series: Int
  var time: Milliseconds
  var value: Double
  var kind = ValueKind.gauge
  var recordTime: Milliseconds?
}

/// Feeds an alignment table as the pipeline does, and notes everything that comes out.
struct AlignmentDriver {
  var table: AlignmentTable
  var watermark = Watermark()
  var touched = TouchedRows()
  var rows: [Int: Int] = [:]
  var steps: [Step] = []
  var outcomes: [PointOutcome] = []

  init(_ settings: AlignmentSettings) { table = AlignmentTable(settings: settings) }

  mutating func add(_ point: SeriesPoint) {
    let refused = table.screen(
      time: point.time, recordTime: point.recordTime, watermark: &watermark)
    if let refused {
      outcomes.append(refused)
      return
    }
    advance()
    let row = row(of: point.series)
    touch(row)
    outcomes.append(
      table.add(row: row, time: point.time, value: point.value, kind: point.kind, into: &steps))
  }

  /// As at the end of a batch.
  mutating func advance() {
    guard table.isDue(at: watermark.time) else { return }
    var due: [Int] = []
    table.dueRows(into: &due)
    for row in due { touch(row) }
    table.advance(to: watermark.time, into: &steps)
  }

  /// As a tick on a silent partition.
  mutating func tick(to time: Milliseconds) {
    watermark.observe(time)
    advance()
  }

  mutating func touch(_ row: Int) {
    if touched.touch(row) { table.remember(row: row) }
  }

  mutating func commit() {
    table.commit()
    touched.removeAll()
  }

  private mutating func row(of series: Int) -> Int {
    if let row = rows[series] { return row }
    let row = table.count
    rows[series] = row
    table.appendRow()
    return row
  }
}

/// Gauge readings of series 0, as (time, value).
func outcomes(
  _ settings: AlignmentSettings, _ readings: [(Milliseconds, Double)]
) -> (outcomes: [PointOutcome], driver: AlignmentDriver) {
  var driver = AlignmentDriver(settings)
  for (time, value) in readings { driver.add(SeriesPoint(series: 0, time: time, value: value)) }
  return (driver.outcomes, driver)
}
