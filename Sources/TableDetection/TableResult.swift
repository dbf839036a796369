import Backtest
import Replay
import Scores
import TimeSeries

/// What is known of one table after its run: what scores and drawings need.
struct TableResult: Sendable {
  private static let dayMilliseconds: Milliseconds = 86_400_000
  private static let bufferMaximum = 100

  let name: String
  let interval: Milliseconds
  let hasTimes: Bool
  let scores: [Double]
  /// For each row, whether an incident opens there.
  let opens: [Bool]
  /// Rows without a usable time and value.
  let unusableCount: Int
  /// Rows that were not judged, but for the first ones, which never are.
  let unjudgedCount: Int
  let labels: [Bool]?
  /// `nil` if the table has no labels.
  let windows: LabelWindows?
  let incidents: IncidentScore
  /// `nil` if no row is labelled.
  let area: Double?
  let volume: Double?
  let drawing: SeriesDrawing

  init(_ table: LabelledTable, name: String, judgements: [RowJudgement]) {
    self.name = name
    interval = table.interval
    hasTimes = table.hasTimes
    scores = judgements.map(\.score)
    opens = judgements.map(\.isAnomaly)
    unusableCount = table.rowCount - table.points.count
    unjudgedCount = judgements.dropFirst(LabelledTable.surveyedRows).count { !$0.isJudged }
    labels = table.labels
    windows = table.labels.map { LabelWindows(labels: $0) }
    var incidents = IncidentScore()
    if let windows { incidents.add(opens: opens, windows: windows) }
    self.incidents = incidents
    let (scores, buffer) = (scores, Self.buffer(table))
    area = table.labels.flatMap { PrecisionRecall.area(scores: scores, labels: $0) }
    volume = table.labels.flatMap {
      PrecisionRecall.volume(scores: scores, labels: $0, bufferMaximum: buffer)
    }
    drawing = SeriesDrawing(table, judgements: judgements, windows: windows)
  }

  var rowCount: Int { scores.count }
  var openCount: Int { opens.count { $0 } }
  var labelledCount: Int { labels?.count { $0 } ?? 0 }

  /// The largest buffer of VUS-PR: a day, but at most a hundred rows.
  private static func buffer(_ table: LabelledTable) -> Int {
    guard table.hasTimes else { return bufferMaximum }
    return Int(min(max(dayMilliseconds / table.interval, 2), Milliseconds(bufferMaximum)))
  }
}

/// A table of results: a row for each row of the input.
enum ResultTable {
  private static let header =
    "timestamp,value,expected,lower,upper,anomaly_score,is_anomaly,evidence\n"

  static func bytes(_ table: LabelledTable, _ judgements: [RowJudgement]) -> [UInt8] {
    var bytes = Array(header.utf8)
    for (row, judgement) in judgements.enumerated() {
      RawFields.append(table.time(ofRow: row), to: &bytes)
      bytes.append(UInt8(ascii: ","))
      RawFields.append(table.value(ofRow: row), to: &bytes)
      for number in [judgement.expected, judgement.lower, judgement.upper] {
        bytes.append(UInt8(ascii: ","))
        if number.isFinite { bytes.append(contentsOf: "\(number)".utf8) }
      }
      bytes.append(
        contentsOf:
          ",\(judgement.score),\(judgement.isAnomaly ? 1 : 0),\(judgement.evidence)\n".utf8)
    }
    return bytes
  }

  static func write(
    _ bytes: [UInt8], to name: String, in directory: String
  ) throws(BacktestError) {
    do throws(ReplayError) {
      let path = directory + "/" + name
      if let slash = path.lastIndex(of: "/") { try OutputDirectory.make(String(path[..<slash])) }
      let file = try PartFile(path: path)
      try file.write(bytes)
      try file.finish()
    } catch {
      throw .file("\(error)")
    }
  }
}
