package import TimeSeries

/// Spans of time in one or two units: `7s`, `4m`, `1h52m`, `3d`.
package enum AgeText {
  package static func text(_ milliseconds: Milliseconds) -> String {
    if milliseconds < 0 { return "-" + text(-milliseconds) }
    let seconds = milliseconds / 1000
    if seconds < 60 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 60 { return pair(minutes, "m", minutes < 10 ? seconds % 60 : 0, "s") }
    let hours = minutes / 60
    if hours < 48 { return pair(hours, "h", minutes % 60, "m") }
    return "\(hours / 24)d"
  }

  private static func pair(
    _ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String
  ) -> String {
    small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
  }
}
