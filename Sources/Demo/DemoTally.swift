import MetricFormats
import Subscriber

/// What the subscriber of the output topics has received, for the summary.
struct DemoTally {
  private(set) var forecastCount = 0
  private(set) var anomalyCount = 0
  private(set) var reports: [TrainingReport] = []
  private(set) var firstForecastAfter: Duration?
  private var series: Set<String> = []

  var seriesCount: Int { series.count }

  mutating func add(_ forecast: ForecastRecord, after elapsed: Duration) {
    forecastCount += 1
    series.insert(forecast.series.key)
    if firstForecastAfter == nil { firstForecastAfter = elapsed }
  }

  mutating func addAnomaly() { anomalyCount += 1 }

  mutating func add(_ report: TrainingReport) { reports.append(report) }
}

extension TrainingReport {
  /// One line: what was trained, and whether it replaces the model in use.
  var line: String {
    let work = "\(stepCount) steps in \(CompactNumber.text(seconds)) s"
    let loss = "loss on newer data \(CompactNumber.text(challengerLoss))"
    guard let championVersion, let championLoss else {
      return "trained '\(stream)' v\(modelVersion): \(work), \(loss)"
    }
    let before =
      championVersion == 0 ? "untrained" : "v\(championVersion)"
    let outcome = isAdopted ? "now in use" : "not better, so not used"
    return "trained '\(stream)' v\(modelVersion): \(work), \(loss), "
      + "\(before) had \(CompactNumber.text(championLoss)): \(outcome)"
  }
}

extension Duration {
  /// Seconds with one decimal.
  var secondsText: String { CompactNumber.fixed(self / .seconds(1), 1) }
}
