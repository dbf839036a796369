package import Backtest
import Replay
import Scores
import TimeSeries

extension TableDetectionReport {
  /// The report as `report.json`; docs/detect.md says what each number means. What is not known is
  /// absent.
  package func json() throws(BacktestError) -> [UInt8] {
    do throws(ReplayError) {
      return try ReportJSON.encode(Document(self))
    } catch {
      throw .settings("\(error)")
    }
  }

  private struct Document: Encodable {
    var seed: UInt64
    var rows: Int
    var unusableRows: Int
    var unjudgedRows: Int
    var incidents: Int
    var scores: ScoresDocument?
    var tables: [TableDocument]

    init(_ report: TableDetectionReport) {
      seed = report.seed
      rows = report.rowCount
      unusableRows = report.unusableCount
      unjudgedRows = report.unjudgedCount
      incidents = report.incidentCount
      scores = report.scores.map(ScoresDocument.init)
      tables = report.tables.map(TableDocument.init)
    }
  }

  private struct ScoresDocument: Encodable {
    var tables: Int
    var incidents: IncidentsDocument
    var aucPr: Double
    var aucPrPooled: Double
    var vusPr: Double
    var numenta: [NumentaDocument]
    var numentaOfIsAnomaly: [NumentaDocument]

    init(_ scores: LabelScores) {
      tables = scores.tableCount
      incidents = IncidentsDocument(scores.incidents)
      aucPr = scores.area
      aucPrPooled = scores.pooledArea
      vusPr = scores.volume
      numenta = scores.numenta.map { NumentaDocument($0.profile, $0.result) }
      numentaOfIsAnomaly = scores.numentaOfFlags.map { NumentaDocument($0.profile, $0.result) }
    }
  }

  private struct IncidentsDocument: Encodable {
    var windows: Int
    var found: Int
    var incidents: Int
    var falseIncidents: Int
    var precision: Double?
    var recall: Double?
    var f1: Double?

    init(_ score: IncidentScore) {
      windows = score.windows
      found = score.found
      incidents = score.incidents
      falseIncidents = score.falseIncidents
      precision = score.precision
      recall = score.recall
      f1 = score.f1
    }
  }

  private struct NumentaDocument: Encodable {
    var profile: String
    var score: Double
    var threshold: Double?
    var found: Int
    var windows: Int
    var falseRows: Int

    init(_ profile: NumentaScore.Profile, _ result: NumentaScore.Result) {
      self.profile = profile.name
      score = result.score
      threshold = result.threshold.ifFinite
      found = result.found
      windows = result.windows
      falseRows = result.falseRows
    }
  }

  private struct TableDocument: Encodable {
    var name: String
    /// `clock` or `index`.
    var time: String
    var intervalMilliseconds: Milliseconds
    var rows: Int
    var unusableRows: Int
    var unjudgedRows: Int
    var incidents: Int
    var labelledRows: Int?
    var counted: IncidentsDocument?
    var aucPr: Double?
    var vusPr: Double?

    init(_ table: TableResult) {
      name = table.name
      time = table.hasTimes ? "clock" : "index"
      intervalMilliseconds = table.interval
      rows = table.rowCount
      unusableRows = table.unusableCount
      unjudgedRows = table.unjudgedCount
      incidents = table.openCount
      guard table.labels != nil else { return }
      labelledRows = table.labelledCount
      counted = IncidentsDocument(table.incidents)
      aucPr = table.area
      vusPr = table.volume
    }
  }
}
