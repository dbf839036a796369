package import MetricFormats

/// An anomaly as one line: `03:37:20 UTC  critical  mem.used_percent 9.98, expected 1.86 … 2.01`.
package enum AnomalyLine {
  /// - Parameter name: of the series, as its reader calls it.
  package static func text(_ name: String, _ anomaly: AnomalyRecord) -> String {
    var text = "\(ClockText.utc(anomaly.time))  \(anomaly.severity.rawValue)  "
    text += name
    switch anomaly.kind {
    case .silent: return text + ": no points any more"
    case .point: text += " "
    case .sustained: text += " for some time "
    }
    text += anomaly.observed.map(CompactNumber.text) ?? "no value"
    if let interval = anomaly.interval {
      text +=
        ", expected \(CompactNumber.text(interval.low)) … \(CompactNumber.text(interval.high))"
    } else if let direction = anomaly.direction {
      text += ", \(direction.rawValue) what was expected"
    }
    return text + " (score \(CompactNumber.fixed(min(max(0, anomaly.score), 999), 1)))"
  }
}
