import MetricFormats
import Pipeline
import TimeSeries

extension ReportPage {
  /// Rows of the table of trainings at most; report.json has all.
  private static let trainingsMaximum = 200

  func writeRetrainings(_ page: inout Markup) {
    guard !report.retrainings.isEmpty else { return }
    page.line("<section>")
    page.element("h2", "", "Trainings")
    page.element(
      "p", "",
      "Each training makes a challenger, which replaces the champion only if its loss on a newer "
        + "stretch, which it was not trained on, is lower.")
    for result in report.streams where !result.retrainings.isEmpty {
      page.line("<figure>")
      if report.streams.count > 1 { page.element("h3", "", result.plan.stream.name) }
      page.line("<div class=\"scroll\"><div class=\"wide\">")
      page.raw(lossChart(result))
      page.line("</div></div></figure>")
    }
    page.line(
      "<p class=\"key\"><span><svg viewBox=\"0 0 10 10\" width=\"10\" height=\"10\">"
        + "<circle class=\"dot ours\" cx=\"5\" cy=\"5\" r=\"4\"/></svg>challenger, adopted</span>"
        + "<span><svg viewBox=\"0 0 10 10\" width=\"10\" height=\"10\">"
        + "<circle class=\"ring ours\" cx=\"5\" cy=\"5\" r=\"4\"/></svg>challenger, refused</span>"
        + "<span><svg viewBox=\"0 0 26 10\" width=\"26\" height=\"10\">"
        + "<path class=\"line other-1\" d=\"M1 5L25 5\"/></svg>champion</span></p>")
    page.line("<details><summary>All trainings</summary>")
    writeTable(&page)
    page.line("</details></section>")
  }

  private func lossChart(_ result: StreamResult) -> String {
    let trainings = result.retrainings
    let losses = trainings.flatMap {
      [$0.championLoss ?? .nan, $0.challengerLoss].filter(\.isFinite)
    }
    guard let low = losses.min(), let high = losses.max() else { return "" }
    let margin = max((high - low) * 0.08, high * 0.01)
    let numbers = 1...max(trainings.count, 2)
    var chart = Chart(
      width: 1040, height: 240, x: 1...Double(numbers.upperBound),
      y: max(0, low - margin)...high + margin,
      description: "Loss of champion and challenger at each training")
    chart.axes(
      x: Chart.wholeTicks(numbers), y: Chart.ticks(chart.yRange, count: 4), xTitle: "training",
      yTitle: "held-out loss")
    let places = trainings.indices.map { Double($0 + 1) }
    chart.line(
      zip(places, trainings).map { (x: $0, y: $1.championLoss ?? .nan) }, style: "other-1")
    for (place, training) in zip(places, trainings) {
      let loss = training.challengerLoss
      guard loss.isFinite else { continue }
      chart.dot(
        x: place, y: loss, style: training.isAdopted ? "dot ours" : "ring ours",
        title: "model \(training.modelVersion), judged from "
          + "\(result.plan.timeText(training.evaluatedFrom)) on: "
          + BacktestReport.number(loss, 4) + (training.isAdopted ? ", adopted" : ", refused"))
    }
    return chart.svg
  }

  private func writeTable(_ page: inout Markup) {
    let shown = report.retrainings.prefix(Self.trainingsMaximum)
    if shown.count < report.retrainings.count {
      page.element("p", "", "The first \(shown.count) of \(report.retrainings.count).")
    }
    page.table(
      columns: [
        .text("stream"), .number("model"), .text("trained through"), .text("judged from"),
        .number("champion’s loss"),
        .number("challenger’s loss"), .text("adopted"), .number("steps"), .number("best step"),
        .text("stopped"),
        .number("norm, mean"), .number("clipped"),
      ],
      rows: shown.map { training in
        let plan = report.streams.first { $0.plan.stream.name == training.stream }?.plan
        return [
          training.stream, "\(training.modelVersion)",
          plan?.timeText(training.trainedThrough) ?? "",
          plan?.timeText(training.evaluatedFrom) ?? "",
          BacktestReport.number(training.championLoss ?? .nan, 4),
          BacktestReport.number(training.challengerLoss, 4),
          training.isAdopted ? "yes" : "no", "\(training.stepCount)",
          training.bestStep.map { "\($0)" } ?? "–", training.stoppedEarly ? "early" : "–",
          BacktestReport.number(training.gradientNormMean, 3),
          training.clippedShare.isFinite ? BacktestReport.percent(training.clippedShare) : "–",
        ]
      })
  }
}
