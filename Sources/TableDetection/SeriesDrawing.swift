import Scores

/// What is drawn of a table: its rows, gathered into columns where there are many.
struct SeriesDrawing: Sendable {
  private static let columnsMaximum = 700
  private static let incidentsMaximum = 300
  private static let tickCount = 6

  /// Neighbouring rows; NaN where nothing is known.
  struct Column: Sendable {
    var row: Double
    var low = Double.nan
    var high = Double.nan
    var lower = Double.nan
    var upper = Double.nan
    var score = 0.0
  }

  struct Incident: Sendable {
    var row: Int
    var value: Double
    var title: String
    /// Whether it is within a window; `nil` without labels.
    var isRight: Bool?
  }

  private(set) var columns: [Column] = []
  private(set) var incidents: [Incident] = []
  private(set) var ticks: [(row: Int, text: String)] = []
  let rowCount: Int
  let windows: LabelWindows?

  init(_ table: LabelledTable, judgements: [RowJudgement], windows: LabelWindows?) {
    rowCount = table.rowCount
    self.windows = windows
    gather(table, judgements)
    var values: [Int: Double] = [:]
    for point in table.points where judgements[point.row].isAnomaly {
      values[point.row] = point.value
    }
    for row in judgements.indices where judgements[row].isAnomaly {
      guard incidents.count < Self.incidentsMaximum else { break }
      let judgement = judgements[row]
      incidents.append(
        Incident(
          row: row, value: values[row] ?? .nan,
          title: "\(RawFields.text(table.time(ofRow: row))): \(judgement.evidence), "
            + "score \(judgement.score)",
          isRight: windows.map { $0.windows.contains { $0.contains(row) } }))
    }
    guard rowCount > 0 else { return }
    let spacing = max(1, (rowCount + Self.tickCount - 1) / Self.tickCount)
    ticks = stride(from: 0, to: rowCount, by: spacing).map { row in
      (row, String(RawFields.text(table.time(ofRow: row)).prefix(16)))
    }
  }

  private mutating func gather(_ table: LabelledTable, _ judgements: [RowJudgement]) {
    let width = max(1, (rowCount + Self.columnsMaximum - 1) / Self.columnsMaximum)
    columns = stride(from: 0, to: rowCount, by: width).map { first in
      Column(row: Double(first) + Double(width - 1) / 2)
    }
    for point in table.points {
      let column = point.row / width
      // `minimum` takes the other one of a NaN.
      columns[column].low = .minimum(columns[column].low, point.value)
      columns[column].high = .maximum(columns[column].high, point.value)
    }
    for (row, judgement) in judgements.enumerated() {
      let column = row / width
      columns[column].lower = .minimum(columns[column].lower, judgement.lower)
      columns[column].upper = .maximum(columns[column].upper, judgement.upper)
      columns[column].score = max(columns[column].score, judgement.score)
    }
  }
}
