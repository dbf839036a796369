import MetricFormats
import Subscriber

/// The records that were received from the output topics, counted for the summary.
struct DemoTally {
  private(set) var forecastCount = 0
  private(set) var anomalyCount = 0
  private(set) var reports: [TrainingRecord] = []
  private(set) var firstForecastAfter: Duration?
  private var series: Set<String> = []

  var seriesCount: Int { series.count }

  mutating func add(_ forecast: ForecastRecord, after elapsed: Duration) {
    forecastCount += 1
    series.insert(forecast.series.key)
    if firstForecastAfter == nil { firstForecastAfter = elapsed }
  }

  mutating func addAnomaly() { anomalyCount += 1 }

  mutating func add(_ report: TrainingRecord) { reports.append(report) }
}

extension TrainingRecord {
  /// One line about the training and its result.
  var line: String {
    if skipped != nil { return "'\(stream)' is not trained: every series has one value only" }
    let before = championVersion.map { "v\($0)" } ?? "untrained"
    let losses =
      championLoss.map { "loss on newer data \(before) \(Self.text($0)) → " }
      ?? "loss on newer data "
    let outcome = isAdopted ? "now in use" : "not better, so not used"
    return "trained '\(stream)' v\(modelVersion), \(stepCount) steps in "
      + "\(CompactNumber.fixed(seconds, 1)) s: \(losses)v\(modelVersion) "
      + "\(Self.text(challengerLoss)), \(outcome)"
  }

  private static func text(_ loss: Double) -> String {
    loss.isFinite && loss < 1e6 ? CompactNumber.fixed(max(0, loss), 4) : "not finite"
  }
}

extension Duration {
  /// Seconds with one decimal.
  var secondsText: String { CompactNumber.fixed(self / .seconds(1), 1) }
}
