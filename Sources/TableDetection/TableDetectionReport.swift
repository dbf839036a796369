package import Scores

/// The result of a detection over tables.
package struct TableDetectionReport: Sendable {
  let tables: [TableResult]
  let seed: UInt64
  /// Wall time; not part of what is written, which is the same for equal runs.
  package let seconds: Double
  /// `nil` if no row of any table is labelled.
  package let scores: LabelScores?

  init(tables: [TableResult], seed: UInt64, seconds: Double) {
    self.tables = tables
    self.seed = seed
    self.seconds = seconds
    scores = LabelScores(tables)
  }

  package var rowCount: Int { tables.reduce(0) { $0 + $1.rowCount } }
  package var incidentCount: Int { tables.reduce(0) { $0 + $1.openCount } }
  var unusableCount: Int { tables.reduce(0) { $0 + $1.unusableCount } }
  package var unjudgedCount: Int { tables.reduce(0) { $0 + $1.unjudgedCount } }

  /// What is to be said of rows that were not judged; `nil` if there is none.
  var omissions: String? {
    guard unjudgedCount + unusableCount > 0 else { return nil }
    return
      "\(unjudgedCount) rows were not judged; \(unusableCount) rows have no usable time and value"
  }
}

/// The scores of all tables that have labels, also of those in which no row is labelled.
package struct LabelScores: Sendable {
  package let tableCount: Int
  package let incidents: IncidentScore
  /// The mean over the tables with labelled rows.
  package let area: Double
  /// The area over the rows of all tables together, with the same threshold for all.
  package let pooledArea: Double
  /// The mean over the tables with labelled rows.
  package let volume: Double
  /// One for each profile: of the scores, and of `is_anomaly` taken as score 0 or 1.
  package let numenta: [(profile: NumentaScore.Profile, result: NumentaScore.Result)]
  package let numentaOfFlags: [(profile: NumentaScore.Profile, result: NumentaScore.Result)]

  init?(_ tables: [TableResult]) {
    var incidents = IncidentScore()
    var (scores, flags) = (NumentaScore(), NumentaScore())
    var allScores: [Double] = []
    var allLabels: [Bool] = []
    var tableCount = 0
    for table in tables {
      guard let windows = table.windows, let labels = table.labels else { continue }
      tableCount += 1
      incidents.add(table.incidents)
      scores.add(scores: table.scores, windows: windows)
      flags.add(scores: table.opens.map { $0 ? 1 : 0 }, windows: windows)
      allScores += table.scores
      allLabels += labels
    }
    guard let pooled = PrecisionRecall.area(scores: allScores, labels: allLabels) else {
      return nil
    }
    self.tableCount = tableCount
    self.incidents = incidents
    pooledArea = pooled
    area = Self.mean(tables.compactMap(\.area))
    volume = Self.mean(tables.compactMap(\.volume))
    numenta = Self.results(scores)
    numentaOfFlags = Self.results(flags)
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private static func results(
    _ score: NumentaScore
  ) -> [(profile: NumentaScore.Profile, result: NumentaScore.Result)] {
    NumentaScore.Profile.all.compactMap { profile in
      score.result(profile).map { (profile, $0) }
    }
  }
}
