import Forecasting
import Pipeline
import TimeSeries

/// What `forecastd check` says of the planned windows of a stream.
enum PlannedText {
  private static let shown = 3

  static func lines(_ stream: StreamSettings, now: Milliseconds) -> [String] {
    let planned = stream.planned
    if planned.isEmpty { return [] }
    let recurring = planned.windows.count { $0.recurrence != nil }
    let zone = stream.model.timeZone ?? .utc
    var lines = [
      "        planned windows: \(planned.windows.count), \(recurring) of them recurring; times in "
        + zone.name
    ]
    let next = planned.next(after: now, atMost: shown)
    for occurrence in next {
      let window = planned.windows[occurrence.window]
      lines.append(
        "          \(local(occurrence.span.lowerBound, zone)) to "
          + "\(local(occurrence.span.upperBound, zone)): \(window.effect.name)"
          + (window.series.map { ", \($0.text)" } ?? "")
          + (window.summary.isEmpty ? "" : ", \(window.summary)"))
    }
    if next.isEmpty { lines.append("          none comes in the next five years") }
    return lines
  }

  private static func local(_ time: Milliseconds, _ zone: TimeZoneRules) -> String {
    let minute = AlignmentSettings.floor(zone.local(time), to: 60_000)
    return String(TimeText.text(minute).dropLast(4).map { $0 == "T" ? " " : $0 })
  }
}
