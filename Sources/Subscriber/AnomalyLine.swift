import Glibc
package import MetricFormats
package import TimeSeries

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

/// Times of day, which is what a line of a live display has room for.
package enum ClockText {
  package static func utc(_ time: Milliseconds) -> String {
    var seconds = Int(time / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) UTC"
  }

  private static func padded(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
}
