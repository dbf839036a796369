package import MetricFormats

/// An anomaly as one line: `03:37:20 UTC  critical  mem.used_percent 9.98, expected 1.86 … 2.01`.
package enum AnomalyLine {
  /// An incident of a group: `03:37:20 UTC  critical  3 of 11 series of host=web-1 have incidents; …`.
  package static func text(_ group: GroupRecord) -> String {
    let word = group.event == .close ? "over    " : group.severity.rawValue
    return "\(ClockText.utc(group.time))  \(word)  \(group.text)"
  }

  /// - Parameter name: of the series, as its reader calls it.
  package static func text(_ name: String, _ anomaly: AnomalyRecord) -> String {
    var text = "\(ClockText.utc(anomaly.time))  "
    if anomaly.event == .close {
      text += "over      \(name)"
      switch anomaly.ending {
      case .levelShift: return text + ": stays at its new level"
      case .returned: return text + ": has points again"
      case .maintenance: return text + ": a planned window begins"
      case .ended, nil: return text + ": as usual again"
      }
    }
    text += "\(anomaly.severity.rawValue)  \(name)"
    if anomaly.kind == .silent { return text + ": no points any more" }
    text += " " + (anomaly.observed.map(CompactNumber.text) ?? "no value")
    if let interval = anomaly.interval {
      text +=
        ", expected \(CompactNumber.text(interval.low)) … \(CompactNumber.text(interval.high))"
    } else if let direction = anomaly.direction {
      text += ", \(direction.rawValue) what was expected"
    }
    let score = CompactNumber.fixed(min(max(0, anomaly.score), 1), 2)
    return text + " (\(anomaly.kind.rawValue), score \(score))"
  }
}
