import Detection

/// What the detector says of one row. Only this file knows how a verdict becomes a row.
struct RowJudgement: Sendable {
  /// Whether the detector has seen the row as a step of its own.
  var isJudged = false
  /// Median of the forecast for the row, and the ends of its interval; NaN if there was none.
  var expected = Double.nan
  var lower = Double.nan
  var upper = Double.nan
  /// 0…1, rounded as it is written.
  var score = 0.0
  /// Whether an incident opens here.
  var isAnomaly = false
  /// The strongest evidence; empty if there is none.
  var evidence = ""

  /// Of a row that was not judged.
  static let none = RowJudgement()
}

extension RowJudgement {
  init(_ verdict: AnomalyVerdict) {
    isJudged = true
    expected = verdict.expected
    lower = verdict.low
    upper = verdict.high
    score = Self.rounded(min(max(verdict.score, 0), 1))
    isAnomaly = verdict.isOpening && verdict.evidence != .silent
    if verdict.isAnomalous, let strongest = verdict.evidence { evidence = strongest.name }
  }

  private static func rounded(_ score: Double) -> Double { (score * 1e6).rounded() / 1e6 }
}
