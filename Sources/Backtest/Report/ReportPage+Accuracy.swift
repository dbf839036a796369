import Scores
import TimeSeries

extension ReportPage {
  /// Style of each forecaster in drawings and keys: the daemon's, then the baselines in their
  /// order.
  static let styles = ["ours", "other-1", "other-2", "other-3", "other-4", "other-5"]

  func writeAccuracy(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Accuracy")
    page.element(
      "p", "",
      "MASE is the median's mean absolute error in units of the mean absolute seasonal difference of "
        + "each series before its first forecast; mWQL the quantile loss as a share of the values' "
        + "absolute sum. Ratio is the geometric mean over series of forecastd’s quantile loss as a "
        + "share of the row’s: below 1 forecastd is better.")
    page.line("<div class=\"columns\"><div>")
    writeForecasters(&page)
    writeShares(&page)
    page.line("</div><figure>")
    page.raw(errorChart)
    writeKey(&page, names: ["forecastd"] + accuracy.baselines.map(\.title))
    page.element("figcaption", "", "Scaled error of the median at each step, mean over series.")
    page.line("</figure></div></section>")
  }

  private func writeForecasters(_ page: inout Markup) {
    let rows = ([accuracy.published, accuracy.network] + accuracy.baselines).enumerated().map {
      number, entry in
      [
        entry.title, BacktestReport.number(entry.scaledError, 3),
        BacktestReport.number(entry.weightedLoss, 3),
        number == 0 ? "" : BacktestReport.number(entry.lossRatio, 3),
      ]
    }
    page.table(
      columns: [.text("forecaster"), .number("MASE"), .number("mWQL"), .number("ratio")],
      rows: rows)
  }

  private var kinds: [BaselineKind] {
    BaselineKind.allCases.filter { kind in accuracy.baselines.contains { $0.name == kind.key } }
  }

  /// The share of the forecasts that each forecaster made.
  private func writeShares(_ page: inout Markup) {
    guard !accuracy.forecasters.isEmpty else { return }
    page.element("h3", "", "Forecasts by forecaster")
    page.line("<div class=\"bar\">")
    for (forecaster, share) in accuracy.forecasters {
      page.line(
        "<i class=\"\(Self.style(of: forecaster))\" style=\"flex:\(share)\" "
          + "title=\"\(forecaster.title) \(BacktestReport.percent(share))\"></i>")
    }
    page.line("</div>")
    page.line("<p class=\"key\">")
    for (forecaster, share) in accuracy.forecasters {
      page.line(
        "<span><i class=\"swatch \(Self.style(of: forecaster))\"></i>"
          + "\(forecaster.title) \(BacktestReport.percent(share))</span>")
    }
    page.line("</p>")
  }

  private static func style(of forecaster: Forecaster) -> String {
    switch forecaster {
    case .network: "ours"
    case .baseline(let kind): styles[1 + kind.rawValue]
    }
  }

  func writeKey(_ page: inout Markup, names: [String]) {
    page.line("<p class=\"key\">")
    for (name, style) in zip(names, Self.styles) {
      page.line(
        "<span><svg viewBox=\"0 0 26 10\" width=\"26\" height=\"10\" aria-hidden=\"true\">"
          + "<path class=\"line \(style)\" d=\"M1 5L25 5\"/></svg>\(Markup.escaped(name))</span>")
    }
    page.line("</p>")
  }

  private var errorChart: String {
    let curves =
      [report.errorByStep { $0.forecast }]
      + kinds.map { kind in report.errorByStep { $0.baselines[kind.rawValue].baseline } }
    let values = curves.joined().filter(\.isFinite)
    let horizon = curves[0].count
    var chart = Chart(
      width: 520, height: 320, x: 1...Double(max(horizon, 2)), y: 0...(values.max() ?? 1) * 1.05,
      description: "Scaled error of the median by step, forecastd and baselines")
    chart.axes(
      x: Chart.wholeTicks(1...max(horizon, 2)), y: Chart.ticks(chart.yRange),
      xTitle: "step of the horizon", yTitle: "scaled error")
    for (curve, style) in zip(curves, Self.styles).reversed() {
      let points = curve.enumerated().map { (x: Double($0 + 1), y: $1) }
      chart.line(points, style: style)
      if horizon == 1 { chart.dot(x: 1, y: curve[0], style: "dot \(style)", title: "step 1") }
    }
    return chart.svg
  }

  // MARK: - Each series

  func writeSeries(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Series")
    let shown = Self.shown(ranked)
    if shown.count < ranked.count {
      page.element(
        "p", "",
        "The best and the worst \(Self.seriesMaximum / 2) of \(ranked.count); report.json has all.")
    }
    writeMap(&page, Array(shown))
    let columns: [Markup.Column] =
      [.text("series"), .number("MASE")]
      + kinds.map { .number("share of \($0.title)’s loss") }
      + [.number("covered 80 %"), .number("covered 95 %"), .number("forecasts"), .number("values")]
    let rows = shown.map { series in
      [series.name, BacktestReport.number(series.scaledError, 3)]
        + kinds.map {
          BacktestReport.number(series.baselines[$0.rawValue].lossShare, 3)
        }
        + [
          series.forecast.coverage(of: 0.8).map(BacktestReport.percent) ?? "",
          series.forecast.coverage(of: 0.95).map(BacktestReport.percent) ?? "",
          "\(series.forecastCount)", "\(series.forecast.count)",
        ]
    }
    page.table(columns: columns, rows: rows)
    page.line("</section>")
  }

  private static func shown(_ ranked: [SeriesScores]) -> [SeriesScores] {
    guard ranked.count > seriesMaximum else { return ranked }
    return Array(ranked.prefix(seriesMaximum / 2) + ranked.suffix(seriesMaximum / 2))
  }

  /// A cell for each series and step, coloured by the ratio of forecastd's error to the
  /// yardstick's.
  private func writeMap(_ page: inout Markup, _ series: [SeriesScores]) {
    let yardstick = yardstick
    page.line("<figure class=\"scroll\">")
    page.line("<div class=\"map\" role=\"img\" aria-label=\"Error by series and step\">")
    for entry in series.prefix(80) {
      page.line("<div class=\"row\"><span class=\"series\">\(Markup.escaped(entry.name))</span>")
      for step in 0..<entry.forecast.horizon {
        let ratio =
          entry.forecast.meanError(step: step)
          / entry.baselines[yardstick.rawValue].baseline.meanError(step: step)
        page.raw(
          "<i class=\"\(Self.shade(ratio))\" title=\"step \(step + 1): "
            + "\(BacktestReport.number(ratio, 2))\"></i>")
      }
      page.line("</div>")
    }
    page.line("</div>")
    page.element(
      "figcaption", "",
      "The median's error as a share of \(yardstick.title)’s, by series and step "
        + "(left to right): blue is better, orange is worse, grey is within 5 % or not known."
        + (series.count > 80 ? " The best 80 series." : ""))
    page.line("</figure>")
  }

  private static func shade(_ ratio: Double) -> String {
    guard ratio.isFinite else { return "none" }
    switch ratio {
    case ..<0.6: return "better-3"
    case ..<0.8: return "better-2"
    case ..<0.95: return "better-1"
    case ...1.05: return "same"
    case ...1.25: return "worse-1"
    case ...1.6: return "worse-2"
    default: return "worse-3"
    }
  }
}

extension Chart {
  /// About eight whole numbers of the range.
  static func wholeTicks(_ range: ClosedRange<Int>) -> [Tick] {
    let rough = max(1, (range.count + 7) / 8)
    let step = [1, 2, 3, 4, 6, 12, 24, 48].first { $0 >= rough } ?? (rough + 23) / 24 * 24
    var values = range.filter { $0 % step == 0 }
    if values.first != range.lowerBound, step > 1 { values.insert(range.lowerBound, at: 0) }
    return values.map { Tick(value: Double($0), label: "\($0)") }
  }
}
