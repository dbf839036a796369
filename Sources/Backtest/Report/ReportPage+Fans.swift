import Scores
import TimeSeries

extension ReportPage {
  /// Fans of the best, the median and the worst series.
  func writeFans(_ page: inout Markup) {
    // A series without a scale cannot be ranked.
    let scaled = ranked.filter { !$0.fans.isEmpty && $0.scaledError.isFinite }
    let drawable = scaled.isEmpty ? ranked.filter { !$0.fans.isEmpty } : scaled
    guard let best = drawable.first, let worst = drawable.last else { return }
    var chosen = [(title: "Best series", series: best)]
    if drawable.count > 2 {
      chosen.append((title: "Median series", series: drawable[(drawable.count - 1) / 2]))
    }
    if drawable.count > 1 { chosen.append((title: "Worst series", series: worst)) }
    page.line("<section>")
    page.element("h2", "", "Forecasts")
    page.element(
      "p", "",
      "The newest forecasts that do not overlap, of the series with the lowest, the median and the "
        + "highest MASE, and the actual values.")
    for (title, series) in chosen {
      page.line("<figure>")
      page.element(
        "h3", "",
        "\(title): \(series.name), MASE \(BacktestReport.number(series.scaledError, 3))")
      page.line("<div class=\"scroll\"><div class=\"wide\">")
      page.raw(fanChart(series))
      page.line("</div></div></figure>")
    }
    writeFanKey(&page)
    page.line("</section>")
  }

  private func writeFanKey(_ page: inout Markup) {
    let marks = [
      ("actual", "<path class=\"line actual\" d=\"M1 5L25 5\"/>"),
      ("median", "<path class=\"line ours\" d=\"M1 5L25 5\"/>"),
      ("80 % interval", "<rect class=\"band-80\" width=\"26\" height=\"10\"/>"),
      ("95 % interval", "<rect class=\"band-95\" width=\"26\" height=\"10\"/>"),
    ]
    page.line("<p class=\"key\">")
    for (name, mark) in marks {
      page.line(
        "<span><svg viewBox=\"0 0 26 10\" width=\"26\" height=\"10\" aria-hidden=\"true\">"
          + "\(mark)</svg>\(name)</span>")
    }
    page.line("</p>")
  }

  private func fanChart(_ scores: SeriesScores) -> String {
    guard let place = place(of: scores), let first = scores.fans.first,
      let last = scores.fans.last
    else { return "" }
    let (result, index) = place
    let horizon = result.plan.horizon
    let actuals = result.actuals[index]
    let start = max(0, first.origin - min(2 * horizon, 3 * scores.season))
    let end = min(actuals.count - 1, last.origin + horizon)
    let levels = ScoredLevels(result.plan.quantiles)
    let outer = levels.interval(holding: 0.95)
    let inner = levels.interval(holding: 0.8)
    let reach = outer ?? inner
    var values = actuals[start...end].filter(\.isFinite)
    for fan in scores.fans {
      for step in 0..<horizon {
        let row = step * levels.levels.count
        values.append(Double(fan.values[row + (reach?.low ?? levels.median)]))
        values.append(Double(fan.values[row + (reach?.high ?? levels.median)]))
      }
    }
    guard let low = values.min(), let high = values.max() else { return "" }
    let margin = (high - low) * 0.05
    var chart = Chart(
      width: 1040, height: 280, x: Double(start)...Double(end), y: low - margin...high + margin,
      description: "Forecasts of \(scores.name) and its actual values")
    let group = result.plan.windows[result.plan.series[index].window].group
    chart.axes(
      x: Self.timeTicks(group, start...end), y: Chart.ticks(chart.yRange, count: 4), xTitle: "",
      yTitle: "")
    for fan in scores.fans {
      draw(fan, of: levels, interval: outer, style: "band-95", horizon, &chart)
      draw(fan, of: levels, interval: inner, style: "band-80", horizon, &chart)
    }
    for fan in scores.fans {
      let median = (0..<horizon).map { step in
        (
          x: Double(fan.origin + 1 + step),
          y: Double(fan.values[step * levels.levels.count + levels.median])
        )
      }
      chart.line(median, style: "ours")
    }
    chart.line((start...end).map { (x: Double($0), y: actuals[$0]) }, style: "actual")
    return chart.svg
  }

  private func draw(
    _ fan: SeriesScores.Fan, of levels: ScoredLevels, interval: CentralInterval?,
    style: String, _ horizon: Int, _ chart: inout Chart
  ) {
    guard let interval else { return }
    let points = (0..<horizon).map { step in
      let row = step * levels.levels.count
      return (
        x: Double(fan.origin + 1 + step), low: Double(fan.values[row + interval.low]),
        high: Double(fan.values[row + interval.high])
      )
    }
    chart.band(points, style: style)
  }

  private func place(of scores: SeriesScores) -> (result: StreamResult, index: Int)? {
    for result in report.streams {
      let found = result.scores.firstIndex {
        $0.name == scores.name && $0.stream == scores.stream
      }
      if let found { return (result, found) }
    }
    return nil
  }

  /// At round times: days where there are several, else hours or minutes.
  private static func timeTicks(
    _ group: HistoryGroup, _ rows: ClosedRange<Int>
  ) -> [Chart.Tick] {
    guard group.firstIndex == nil else { return Chart.wholeTicks(rows) }
    let span = Milliseconds(rows.count) * group.interval
    let minute: Milliseconds = 60_000
    let day: Milliseconds = 1440 * minute
    let minutes: [Milliseconds] = [1, 5, 15, 30, 60, 180, 360, 720]
    let days: [Milliseconds] = [1, 2, 7, 28, 91, 365]
    let periods = minutes.map { $0 * minute } + days.map { $0 * day }
    let period = periods.first { span / $0 <= 10 } ?? span / 8
    var ticks: [Chart.Tick] = []
    for row in rows {
      let time = group.time(ofRow: row)
      guard time % period < group.interval else { continue }
      let text = Array(TimeText.text(time))
      let isDay = period >= day || time % day < group.interval
      // A date where a day begins, with its year where months pass between them; else the hour.
      let range = isDay ? (period > 60 * day ? 0..<10 : 5..<10) : 11..<16
      ticks.append(Chart.Tick(value: Double(row), label: String(text[range])))
    }
    return ticks
  }
}
