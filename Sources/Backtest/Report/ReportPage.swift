import Forecasting
import MetricFormats
import Pipeline
import Scores
import TimeSeries

/// The report as one HTML page without references to other files: its drawings are inline SVG, and
/// its style follows the reader's choice of light or dark.
struct ReportPage {
  let report: BacktestReport
  let accuracy: Accuracy
  /// Series with a scaled error, the best first.
  let ranked: [SeriesScores]
  /// Rows of tables and maps of series at most; report.json has all.
  static let seriesMaximum = 400

  init(_ report: BacktestReport) {
    self.report = report
    accuracy = report.overall
    ranked = report.series.filter { $0.forecast.count > 0 }.sorted {
      let (left, right) = (Self.rank($0), Self.rank($1))
      return left == right ? $0.name < $1.name : left < right
    }
  }

  /// Series without a scale come last.
  private static func rank(_ series: SeriesScores) -> Double {
    series.scaledError.isFinite ? series.scaledError : .infinity
  }

  var html: [UInt8] {
    var page = Markup()
    page.line("<!doctype html>")
    page.line("<html lang=\"en\"><head><meta charset=\"utf-8\">")
    page.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    page.line("<meta name=\"color-scheme\" content=\"light dark\">")
    page.line("<title>forecastd backtest: \(Markup.escaped(title))</title>")
    page.line("<style>\n\(PageStyle.text)</style></head><body><main>")
    writeHead(&page)
    writeAccuracy(&page)
    writeCalibration(&page)
    writeFans(&page)
    writeSeries(&page)
    writeRetrainings(&page)
    writeSettings(&page)
    page.line("</main></body></html>")
    return Array(page.text.utf8)
  }

  private var title: String {
    "\(report.series.count) series, \(report.forecastCount) forecasts"
  }

  // MARK: - Head

  private func writeHead(_ page: inout Markup) {
    page.line("<header><p class=\"kicker\">forecastd backtest</p>")
    page.element("h1", "", title)
    page.element("p", "class=\"lead\"", lead)
    page.line("</header><section class=\"cards\">")
    let seasonal = accuracy.baselines.first { $0.name == yardstick.key }
    page.card(
      "MASE", BacktestReport.number(accuracy.published.scaledError, 3),
      seasonal.map { "\($0.title) \(BacktestReport.number($0.scaledError, 3))" } ?? "")
    page.card(
      "mWQL", BacktestReport.number(accuracy.published.weightedLoss, 3),
      seasonal.map { "\($0.title) \(BacktestReport.number($0.weightedLoss, 3))" } ?? "")
    if let coverage = accuracy.coverage80 {
      page.card("80 % interval", BacktestReport.percent(coverage), "of the values are within")
    }
    if let coverage = accuracy.coverage95 {
      page.card("95 % interval", BacktestReport.percent(coverage), "of the values are within")
    }
    let adopted = report.retrainings.count { $0.isAdopted }
    page.card("Trainings", "\(report.retrainings.count)", "\(adopted) adopted")
    page.line("</section>")
  }

  private var lead: String {
    var parts: [String] = []
    for stream in report.streams {
      let plan = stream.plan
      let windows = plan.windows.filter { $0.originCount > 0 }
      guard let first = windows.min(by: { $0.firstTime < $1.firstTime }),
        let last = windows.max(by: { $0.endTime < $1.endTime })
      else { continue }
      let spacing =
        plan.stream.alignment.timeIsIndex
        ? "by index" : "every \(Self.durationText(plan.interval))"
      parts.append(
        "\(plan.series.count) series \(spacing), forecast \(plan.horizon) steps ahead every "
          + "\(report.options.every) steps from \(first.group.timeText(ofRow: first.first + 1)) to "
          + last.group.timeText(ofRow: last.end))
    }
    return parts.joined(separator: "; ") + "."
  }

  static func durationText(_ interval: Milliseconds) -> String {
    for (unit, letter) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")]
    where interval % Milliseconds(unit) == 0 { return "\(interval / Milliseconds(unit)) \(letter)" }
    return "\(interval) ms"
  }

  /// The baseline that single numbers are compared with.
  var yardstick: BaselineKind {
    accuracy.baselines.contains { $0.name == BaselineKind.seasonalNaive.key }
      ? .seasonalNaive : .naive
  }

  // MARK: - Settings

  private func writeSettings(_ page: inout Markup) {
    page.line("<section>")
    page.element("h2", "", "Settings")
    var rows = [
      ["from", "\(report.options.from)"], ["to", report.options.to.map { "\($0)" } ?? "end"],
      ["every", "\(report.options.every) steps"], ["seed", "\(report.options.seed)"],
      ["files", "\(report.files)"], ["points", "\(report.pointCount)"],
      ["missing values", "\(report.missingValues)"],
      ["values that could not be read", "\(report.unusableValues)"],
    ]
    for result in report.streams {
      let stream = result.plan.stream
      let model = stream.model
      rows.append([
        "stream \(stream.name)",
        (stream.alignment.timeIsIndex
          ? "time is an index"
          : "interval \(Self.durationText(stream.alignment.interval))")
          + ", seasons \(result.seasonText)"
          + ", horizon \(model.horizon), hidden \(model.hiddenSize), layers \(model.layerCount), "
          + "levels " + model.quantiles.map { "\($0)" }.joined(separator: ", "),
      ])
    }
    page.table(columns: [.text("setting"), .text("value")], rows: rows)
    page.line("</section>")
  }
}
