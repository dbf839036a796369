import Glibc
package import TimeSeries

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
