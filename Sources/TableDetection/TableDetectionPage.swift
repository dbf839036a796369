import Backtest
import Scores

/// The report as one HTML page without references to other files, in the manner of a backtest's.
struct TableDetectionPage {
  /// Drawings at most; every table has a line in the table of all.
  private static let drawingsMaximum = 200

  let report: TableDetectionReport

  init(_ report: TableDetectionReport) { self.report = report }

  var html: [UInt8] {
    var page = Markup()
    page.line("<!doctype html>")
    page.line("<html lang=\"en\"><head><meta charset=\"utf-8\">")
    page.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    page.line("<meta name=\"color-scheme\" content=\"light dark\">")
    page.line("<title>forecastd detect: \(title)</title>")
    page.line("<style>\n\(PageStyle.text)\(Self.style)</style></head><body><main>")
    writeHead(&page)
    if let scores = report.scores { writeScores(scores, &page) }
    writeDrawings(&page)
    writeTables(&page)
    page.line("</main></body></html>")
    return Array(page.text.utf8)
  }

  private static let style = """
    .labelled { fill: var(--other-4); opacity: 0.35; }
    .window { fill: var(--other-4); opacity: 0.13; }
    .right { fill: var(--other-2); stroke: var(--panel); }
    .wrong { fill: var(--other-1); stroke: var(--panel); }
    .line.score { stroke: var(--ours); stroke-width: 1.2; }
    .swatch.labelled { background: var(--other-4); }
    .swatch.window { background: var(--other-4); opacity: 0.25; }
    .swatch.right { background: var(--other-2); border-radius: 50%; }
    .swatch.wrong { background: var(--other-1); border-radius: 50%; }
    .swatch.band-80 { background: var(--band-80); }
    .swatch.value { background: var(--text); height: 2px; }
    .pair svg:first-child { margin-bottom: -30px; }
    h3 { overflow-wrap: anywhere; }

    """

  private var title: String {
    "\(report.tables.count) series, \(report.incidentCount) incidents"
  }

  private func writeHead(_ page: inout Markup) {
    page.line("<header><p class=\"kicker\">forecastd detect</p>")
    page.element("h1", "", title)
    var lead = "\(report.rowCount) rows, each judged by the rows up to it; seed \(report.seed)."
    if let omissions = report.omissions { lead += " \(omissions)." }
    page.element("p", "class=\"lead\"", lead)
    page.line("</header>")
    guard let scores = report.scores else { return }
    page.line("<section class=\"cards\">")
    if let standard = scores.numenta.first {
      page.card(
        "Numenta score", BacktestReport.number(standard.result.score, 1),
        "\(standard.profile.name) profile")
    }
    for figure in scores.incidentFigures {
      page.card(
        figure.name.prefix(1).uppercased() + figure.name.dropFirst(), figure.value, figure.note)
    }
    page.card("VUS-PR", BacktestReport.number(scores.volume, 3), "mean over series")
    page.card("AUC-PR", BacktestReport.number(scores.area, 3), "mean over series")
    page.line("</section>")
  }

  private func writeScores(_ scores: LabelScores, _ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Numenta score")
    page.element(
      "p", "",
      "100 is every window found at its first row without a false alarm, 0 is no detection. One "
        + "threshold, the best one of the profile, serves all series. The last column takes "
        + "is_anomaly as the score, so that no threshold is chosen afterwards.")
    page.table(
      columns: [
        .text("profile"), .number("score"), .number("threshold"), .number("windows found"),
        .number("false rows"), .number("score of is_anomaly"),
      ], rows: scores.numentaRows)
    page.line("</section>")
  }

  private func writeDrawings(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Series")
    if report.tables.count > Self.drawingsMaximum {
      page.element(
        "p", "", "The first \(Self.drawingsMaximum) of \(report.tables.count) are drawn.")
    }
    writeKey(&page)
    for table in report.tables.prefix(Self.drawingsMaximum) {
      page.element("h3", "", table.name)
      page.line("<figure class=\"scroll\"><div class=\"wide pair\">")
      page.raw(table.drawing.seriesChart(name: table.name).svg)
      page.raw(table.drawing.scoreChart(name: table.name).svg)
      page.line("</div>")
      page.element("figcaption", "", Self.caption(table))
      page.line("</figure>")
    }
    page.line("</section>")
  }

  private func writeKey(_ page: inout Markup) {
    var entries = [("value", "value"), ("band-80", "interval of the forecast")]
    if report.scores != nil {
      entries += [
        ("labelled", "labelled"), ("window", "window around it"), ("right", "incident in a window"),
        ("wrong", "incident elsewhere"),
      ]
    } else {
      entries.append(("wrong", "incident"))
    }
    page.line("<p class=\"key\">")
    for (style, name) in entries {
      page.line("<span><i class=\"swatch \(style)\"></i>\(name)</span>")
    }
    page.line("</p>")
  }

  private static func caption(_ table: TableResult) -> String {
    var text = "\(table.rowCount) rows, \(table.openCount) incidents"
    if table.labels != nil {
      text +=
        "; \(table.incidents.found) of \(table.incidents.windows) windows found, "
        + "\(table.incidents.falseIncidents) incidents elsewhere"
    }
    return text + "."
  }

  private func writeTables(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "All series")
    page.table(
      columns: [
        .text("series"), .number("rows"), .number("incidents"), .number("windows found"),
        .number("incidents elsewhere"), .number("VUS-PR"), .number("AUC-PR"),
      ],
      rows: report.tables.map { table in
        let isLabelled = table.labels != nil
        return [
          table.name, "\(table.rowCount)", "\(table.openCount)",
          isLabelled ? "\(table.incidents.found) of \(table.incidents.windows)" : "",
          isLabelled ? "\(table.incidents.falseIncidents)" : "",
          table.volume.map { BacktestReport.number($0, 3) } ?? "",
          table.area.map { BacktestReport.number($0, 3) } ?? "",
        ]
      })
    page.line("</section>")
  }
}
