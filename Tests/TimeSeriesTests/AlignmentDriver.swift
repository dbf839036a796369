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
  var watermark = Milliseconds.min
  var touched = TouchedRows()
  var rows: [Int: Int] = [:]
  var steps: [Step] = []
  var outcomes: [PointOutcome] = []

  init(_ settings: AlignmentSettings) { table = AlignmentTable(settings: settings) }

  /// The clock of the driver follows every point, as in a file.
  mutating func add(_ point: SeriesPoint) {
    let tolerance = table.settings.futureTolerance
    if let refused = table.screen(
      time: point.time,
      latest: table.settings.timeIsIndex ? .max : point.recordTime.map { $0 + tolerance } ?? .max)
    {
      outcomes.append(refused)
      return
    }
    addOnly(point)
    watermark = max(watermark, point.time)
    advance()
  }

  /// Adds a point whose series alone has the time.
  mutating func addOnly(_ point: SeriesPoint, horizon: Milliseconds = .max) {
    let row = row(of: point.series)
    touch(row)
    let outcome = table.add(
      row: row, time: point.time, value: point.value, kind: point.kind, seen: point.time,
      horizon: horizon, into: &steps)
    if let outcome { outcomes.append(outcome) }
  }

  /// Closes what is due at the watermark.
  mutating func advance() {
    while table.dueAt <= watermark {
      let due = min(table.nextClosing(), watermark)
      var isDone = false
      while !isDone {
        var rows: [Int] = []
        table.dueRows(at: due, atMost: 3, into: &rows)
        for row in rows { touch(row) }
        isDone = table.close(rows, at: due, target: watermark, into: &steps)
      }
    }
  }

  /// As a tick on a silent partition.
  mutating func tick(to time: Milliseconds) {
    watermark = max(watermark, time)
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
