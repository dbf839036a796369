import Backtest
import CommandLineInterface
import Scores

extension TableDetectionReport {
  /// The report for a terminal.
  package func text() -> String {
    var lines = [
      "\(tables.count) series, \(rowCount) rows, \(incidentCount) incidents in "
        + "\(BacktestReport.number(seconds, 1)) s; seed \(seed)"
    ]
    if let omissions { lines.append(omissions) }
    if let scores {
      lines += scores.lines
    } else {
      lines.append("no row is labelled, so nothing is scored")
    }
    return lines.map { Terminal.sanitized($0) }.joined(separator: "\n") + "\n"
  }
}

extension LabelScores {
  /// Precision, recall and F1 of the incidents, each with what it was counted from.
  var incidentFigures: [(name: String, value: String, note: String)] {
    let right = incidents.incidents - incidents.falseIncidents
    return [
      ("precision", text(incidents.precision), "\(right) of \(incidents.incidents) incidents"),
      ("recall", text(incidents.recall), "\(incidents.found) of \(incidents.windows) windows"),
      ("F1", text(incidents.f1), "of both"),
    ]
  }

  fileprivate var lines: [String] {
    var lines = ["scored on \(tableCount) labelled series", ""]
    var figures = TextTable([
      TextTable.Column("incidents"), TextTable.Column("", .right), TextTable.Column(""),
    ])
    for figure in incidentFigures { figures.append([figure.name, figure.value, figure.note]) }
    lines += figures.lines() + [""]
    var areas = TextTable([TextTable.Column("scores"), TextTable.Column("", .right)])
    areas.append(["VUS-PR", text(volume)])
    areas.append(["AUC-PR", text(area)])
    areas.append(["AUC-PR, pooled", text(pooledArea)])
    lines += areas.lines() + [""]
    var table = TextTable([
      TextTable.Column("Numenta score"), TextTable.Column("scores", .right),
      TextTable.Column("threshold", .right), TextTable.Column("windows found", .right),
      TextTable.Column("false rows", .right), TextTable.Column("is_anomaly", .right),
    ])
    for row in numentaRows { table.append(row) }
    return lines + table.lines()
  }

  /// Profile, score, threshold, windows found, false rows, and the score of `is_anomaly` alone.
  var numentaRows: [[String]] {
    zip(numenta, numentaOfFlags).map { score, flags in
      [
        score.profile.name, BacktestReport.number(score.result.score, 2),
        BacktestReport.number(score.result.threshold, 4),
        "\(score.result.found) of \(score.result.windows)", "\(score.result.falseRows)",
        BacktestReport.number(flags.result.score, 2),
      ]
    }
  }

  private func text(_ value: Double?) -> String { BacktestReport.number(value ?? .nan, 3) }
}
