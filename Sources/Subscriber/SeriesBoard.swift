import CommandLineInterface
package import MetricFormats
package import TimeSeries

/// The newest forecast of every series, as a table.
package struct SeriesBoard {
  private struct Row {
    var series: RecordSeries
    var forecast: ForecastRecord
    /// The observed value at the forecast's issue time, where the reader knows it.
    var value: Double?
  }

  private var rows: [String: Row] = [:]
  /// Labels that every series has, with the same value; shown in the header instead of in each row.
  private var commonLabels: [SeriesKey.Label] = []
  private let showsValues: Bool

  /// - Parameter showsValues: whether observed values are known to the reader; records do not hold
  ///   them.
  package init(showsValues: Bool) { self.showsValues = showsValues }

  package var seriesCount: Int { rows.count }

  package mutating func show(_ forecast: ForecastRecord, value: Double? = nil) {
    let key = forecast.series.key
    // Partitions are read one after the other, so nothing comes out of order within a series; but a
    // reader that starts over would show the past again.
    if let known = rows[key], known.forecast.time > forecast.time { return }
    let isNew = rows[key] == nil
    rows[key] = Row(series: forecast.series, forecast: forecast, value: value)
    if isNew { commonLabels = labelsInCommon() }
  }

  private func labelsInCommon() -> [SeriesKey.Label] {
    guard rows.count > 1, let first = rows.first?.value.series.labels else { return [] }
    return first.filter { label in rows.values.allSatisfy { $0.series.labels.contains(label) } }
  }

  /// The table's lines, no wider than `width` and not more than `height`.
  package func lines(width: Int, height: Int, now: Milliseconds) -> [String] {
    if rows.isEmpty { return [] }
    let shown = rows.values.sorted { $0.series.key < $1.series.key }
    let isWide = width >= 104
    var table = TextTable(columns(shown, isWide: isWide))
    // The header, and a line for what does not fit.
    let fitting = shown.count + 1 > height ? max(1, height - 2) : shown.count
    for row in shown.prefix(fitting) { table.append(cells(row, isWide: isWide, now: now)) }
    var lines = table.lines(width: width)
    if fitting < shown.count {
      lines.append("… and \(shown.count - fitting) more series: a higher terminal shows them")
    }
    return lines
  }

  private func columns(_ rows: [Row], isWide: Bool) -> [TextTable.Column] {
    var columns = [TextTable.Column(seriesTitle, minimumWidth: 24)]
    if showsValues { columns.append(TextTable.Column("VALUE", .right, minimumWidth: 7)) }
    let steps = Set(rows.map(\.forecast.step))
    let ends = Set(rows.map { $0.forecast.step * Int64($0.forecast.horizon) })
    let next = steps.count == 1 ? steps.first.map { "IN \(AgeText.text($0))" } : nil
    let end = ends.count == 1 ? ends.first.map { "IN \(AgeText.text($0))" } : nil
    let interval = rows.first.map { Self.coverage(of: $0.forecast) } ?? "INTERVAL"
    columns += [
      TextTable.Column(next ?? "NEXT", .right, minimumWidth: 7),
      TextTable.Column(interval, .right, minimumWidth: 13),
      TextTable.Column(end ?? "END", .right, minimumWidth: 7),
    ]
    if isWide { columns.append(TextTable.Column(interval, .right, minimumWidth: 13)) }
    columns += [
      TextTable.Column("AGE", .right, minimumWidth: 5), TextTable.Column("MODEL", minimumWidth: 9),
    ]
    return columns
  }

  private var seriesTitle: String {
    guard !commonLabels.isEmpty else { return "SERIES" }
    return "SERIES, "
      + commonLabels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
  }

  /// The interval between the outermost quantiles.
  private static func coverage(of forecast: ForecastRecord) -> String {
    guard let low = forecast.quantiles.first, let high = forecast.quantiles.last, low < high else {
      return "INTERVAL"
    }
    return "\(Int(((high - low) * 100).rounded())) % INTERVAL"
  }

  private func cells(_ row: Row, isWide: Bool, now: Milliseconds) -> [String] {
    let forecast = row.forecast
    var cells = [name(of: row.series)]
    if showsValues { cells.append(row.value.map(CompactNumber.text) ?? "–") }
    let next = ForecastCells(forecast, step: 0)
    let end = ForecastCells(forecast, step: forecast.horizon - 1)
    cells += [next.median, next.interval, end.median]
    if isWide { cells.append(end.interval) }
    let model = forecast.modelVersion == 0 ? "untrained" : "v\(forecast.modelVersion)"
    cells += [
      AgeText.text(now - forecast.time), model + (forecast.isWarming ? " warming" : ""),
    ]
    return cells
  }

  /// The series' name with the labels that tell it from the others.
  package func name(of series: RecordSeries) -> String {
    let labels = series.labels.filter { !commonLabels.contains($0) }
    return series.name + labels.map { " \($0.name)=\($0.value)" }.joined()
  }
}

/// One step of a forecast as text.
struct ForecastCells {
  let median: String
  let interval: String

  init(_ forecast: ForecastRecord, step: Int) {
    let count = forecast.quantiles.count
    guard forecast.horizon > 0, count > 0, step >= 0 else {
      median = "–"
      interval = "–"
      return
    }
    let row = forecast.values[step * count..<(step + 1) * count]
    let middle = ForecastLevels.medianIndex(of: forecast.quantiles)
    median = CompactNumber.text(row[row.startIndex + middle])
    interval =
      CompactNumber.text(row[row.startIndex]) + " … "
      + CompactNumber.text(row[row.endIndex - 1])
  }
}
