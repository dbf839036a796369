import Glibc

/// What an anomaly record says, in a sentence for people.
struct AnomalySentence {
  let text: String

  init(_ anomaly: AnomalyRecord) {
    switch (anomaly.event, anomaly.ending) {
    case (.close, .levelShift): text = "The series stays at its new level."
    case (.close, .returned): text = "The series has points again."
    case (.close, .maintenance): text = "A planned window begins."
    case (.close, _): text = "The series is as usual again."
    default: text = Self.finding(anomaly) + Self.values(anomaly) + Self.rarity(anomaly) + "."
    }
  }

  private static func finding(_ anomaly: AnomalyRecord) -> String {
    switch anomaly.kind {
    case .error: "The value is far from its forecast"
    case .bias: "The last values are all on one side of their forecasts"
    case .level: "The value is far from the usual level"
    case .change: "The value has changed more than it usually does"
    case .range: "The value is outside of all that was seen"
    case .interval: "The value is outside of the forecast's interval"
    case .variance: "The values vary more, or less, than they usually do"
    case .season: "The values do not follow their season"
    case .shift: "The values have moved to another level"
    case .flat: "The value repeats for longer than it usually does"
    case .silent: "The series has no points any more"
    case .points: "The series has more, or fewer, points in a step than it usually has"
    case .ahead: "The last values are all on one side of what was forecast long before"
    case .resets: "The counter is reset more often than it usually is"
    }
  }

  private static func values(_ anomaly: AnomalyRecord) -> String {
    guard let observed = anomaly.observed else { return "" }
    var text = ": \(number(observed))"
    if let expected = anomaly.expected { text += ", expected \(number(expected))" }
    if let interval = anomaly.interval {
      text += " (\(number(interval.low)) to \(number(interval.high)))"
    }
    if let season = anomaly.season { text += ", one season before \(number(season))" }
    return text
  }

  private static func rarity(_ anomaly: AnomalyRecord) -> String {
    guard anomaly.kind != .silent, let perWeek = anomaly.perWeek, perWeek > 0 else { return "" }
    let weeks = 1 / perWeek
    if weeks < 2 { return "; the series has this about once a week" }
    if weeks < 104 { return "; the series has this about once in \(Int(weeks)) weeks" }
    return weeks < 5_200
      ? "; the series has this about once in \(Int(weeks / 52)) years"
      : "; the series has never come near this"
  }

  /// Four digits.
  private static func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "nothing finite" }
    let scale = pow(10, 3 - (log10(abs(value))).rounded(.down))
    let rounded = scale.isFinite && scale > 0 ? (value * scale).rounded() / scale : value
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? "\(Int64(rounded))" : "\(rounded)"
  }
}
