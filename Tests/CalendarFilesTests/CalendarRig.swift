import CalendarFiles
import Glibc
import Testing
import TimeSeries

/// Reads calendars as the stream of a test would.
enum CalendarRig {
  static let isInstalled = access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0

  static func zone(_ name: String) throws(TimeSeriesError) -> TimeZoneRules {
    if name == "UTC" { return .utc }
    guard let file = fopen("/usr/share/zoneinfo/" + name, "rb") else {
      throw .timeZone(name: name, problem: "is not in the database")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return try TimeZoneRules(name: name, file: bytes)
  }

  static func windows(
    _ text: String, name: String = "calendar.ics", zone: TimeZoneRules = .utc
  ) throws(CalendarError) -> [PlannedWindow] {
    try CalendarReader(
      name: name, zone: zone, effect: .both,
      zoneNamed: { name throws(TimeSeriesError) in try Self.zone(name) }
    ).windows(Array(text.utf8))
  }

  /// A calendar of events, each given by its lines.
  static func calendar(_ events: String...) -> String {
    (["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
      + events.flatMap { ["BEGIN:VEVENT", $0, "END:VEVENT"] } + ["END:VCALENDAR", ""])
      .joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\r\n")
  }

  /// The windows of a year in UTC: `2026-03-29T01:00:00Z/2026-03-29T03:00:00Z`.
  static func spans(_ windows: [PlannedWindow], from: Int, to: Int) throws -> [String] {
    let range = try day(from)..<day(to)
    return PlannedWindows(windows).occurrences(in: range).map {
      "\(TimeText.text($0.span.lowerBound))/\(TimeText.text($0.span.upperBound))"
    }
  }

  private static func day(_ number: Int) throws -> Milliseconds {
    try #require(CalendarTime("\(number)")).local
  }
}
