import Scores
import TimeSeries

extension ReportPage {
  func writeCalibration(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Calibration")
    page.element(
      "p", "",
      "A quantile of level 0.9 should be above nine of ten values. On the diagonal the levels are "
        + "calibrated; a point above it belongs to a quantile that is too high.")
    page.line("<div class=\"columns\"><figure>")
    page.raw(levelChart)
    page.element(
      "figcaption", "",
      "Share of values at or below each quantile; "
        + "line: all series together, dots: each series.")
    page.line("</figure><figure>")
    page.raw(coverageChart)
    page.element(
      "figcaption", "",
      "Share of each series’ values within its 80 % (filled) and 95 % (hollow) interval; lines: "
        + "80 % and 95 %.")
    page.line("</figure></div>")
    writeIntervals(&page)
    page.line("</section>")
  }

  private var together: ForecastScore? {
    guard let first = ranked.first else { return nil }
    var total = first.forecast
    for series in ranked.dropFirst() where series.forecast.horizon == total.horizon {
      total.add(series.forecast)
    }
    return total
  }

  private var levels: [Double] { report.streams.first?.plan.quantiles ?? [] }

  private var levelChart: String {
    var chart = Chart(
      width: 520, height: 360, x: 0...1, y: 0...1,
      description: "Calibration curve: nominal against observed levels")
    let ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map { Chart.Tick(value: $0, label: "\($0)") }
    chart.axes(x: ticks, y: ticks, xTitle: "level", yTitle: "share at or below")
    chart.line([(x: 0, y: 0), (x: 1, y: 1)], style: "nominal")
    for series in ranked.prefix(200) {
      for (level, observed) in zip(levels, series.forecast.observedLevels) {
        chart.dot(
          x: level, y: observed, radius: 2, style: "faint",
          title: "\(series.name) at \(level): \(BacktestReport.number(observed, 3))")
      }
    }
    if let observed = together?.observedLevels {
      chart.line(zip(levels, observed).map { (x: $0, y: $1) }, style: "ours")
      for (level, share) in zip(levels, observed) {
        chart.dot(
          x: level, y: share, style: "dot ours",
          title: "level \(level): \(BacktestReport.number(share, 3))")
      }
    }
    return chart.svg
  }

  private var coverageChart: String {
    let shown = ranked.prefix(60)
    let shares = shown.flatMap {
      [$0.forecast.coverage(of: 0.8), $0.forecast.coverage(of: 0.95)].compactMap { $0 }
    }
    let low = max(0, min(0.6, ((shares.min() ?? 0.6) * 10).rounded(.down) / 10))
    var chart = Chart(
      width: 520, height: 360, x: 0.5...Double(max(shown.count, 1)) + 0.5, y: low...1,
      description: "Coverage of the 80 % and 95 % intervals by series")
    let yTicks = Chart.ticks(low...1).map {
      Chart.Tick(value: $0.value, label: "\(Int(($0.value * 100).rounded())) %")
    }
    let xTicks =
      shown.count > 10
      ? Chart.wholeTicks(1...shown.count)
      : shown.enumerated().map { Chart.Tick(value: Double($0 + 1), label: Self.short($1.name)) }
    chart.axes(
      x: xTicks, y: yTicks, xTitle: shown.count > 10 ? "series, the most accurate first" : "series",
      yTitle: "covered")
    for share in [0.8, 0.95] {
      chart.line(
        [(x: chart.xRange.lowerBound, y: share), (x: chart.xRange.upperBound, y: share)],
        style: "nominal")
    }
    for (number, series) in shown.enumerated() {
      for (share, style) in [(0.8, "dot ours"), (0.95, "ring ours")] {
        guard let covered = series.forecast.coverage(of: share) else { continue }
        chart.dot(
          x: Double(number + 1), y: covered, style: style,
          title: "\(series.name): \(BacktestReport.percent(covered))")
      }
    }
    return chart.svg
  }

  private static func short(_ name: String) -> String {
    name.count <= 9 ? name : name.prefix(8) + "…"
  }

  private func writeIntervals(_ page: inout Markup) {
    let shares = levels.filter { $0 < 0.5 }.map { 1 - 2 * $0 }.sorted()
    let rows: [[String]] = shares.compactMap { share in
      guard let covered = together?.coverage(of: share) else { return nil }
      let each = ranked.compactMap { series in
        series.forecast.coverage(of: share).map { (name: series.name, covered: $0) }
      }
      guard let least = each.min(by: { $0.covered < $1.covered }),
        let most = each.max(by: { $0.covered < $1.covered })
      else { return nil }
      return [
        BacktestReport.percent(share), BacktestReport.percent(covered),
        "\(BacktestReport.percent(least.covered)) (\(least.name))",
        "\(BacktestReport.percent(most.covered)) (\(most.name))",
      ]
    }
    page.table(
      columns: [
        .text("interval"), .number("covered"), .number("lowest of a series"),
        .number("highest of a series"),
      ], rows: rows)
  }
}
