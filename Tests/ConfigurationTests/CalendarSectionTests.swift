import Configuration
import Glibc
import Pipeline
import TestSupport
import Testing
import TimeSeries
import YAMLCoding

@Suite("calendars of a configuration")
struct CalendarSectionTests {
  private static let isInstalled = access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0
  private static let calendar = [
    "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "SUMMARY:Christmas", "DTSTART;VALUE=DATE:20201225",
    "RRULE:FREQ=YEARLY", "END:VEVENT", "END:VCALENDAR", "",
  ].joined(separator: "\r\n")

  private func text(_ calendars: String) -> String {
    var minimal = Minimal()
    minimal.streams += "    calendars:\n"
    for line in calendars.split(separator: "\n") { minimal.streams += "      \(line)\n" }
    return minimal.text
  }

  /// Reads a configuration of a directory.
  private func decode(_ text: String, in directory: String) throws(YAMLError) -> DaemonConfiguration
  {
    try YAMLDecoder(
      fileName: "f.yaml", userInfo: DaemonConfiguration.userInfo(directory: directory)
    ).decode(DaemonConfiguration.self, from: Array(text.utf8))
  }

  @Test(
    "calendars come from files beside the configuration and from the configuration itself",
    .enabled(if: isInstalled, "needs the tz database in /usr/share/zoneinfo"))
  func reads() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write("holidays.ics", Self.calendar)
    let list = try directory.write("list", "# plain\n2026-05-01 May Day\n")
    var text = text(
      """
      - {file: holidays.ics, effect: skip_learning}
      - {file: \(list), series: "host=web-*", effect: suppress}
      - windows: ["2026-12-24/2026-12-27 end of the year", 2026-07-01T22:00/2026-07-02T02:00Z]
      """)
    text += "    time_zone: Europe/Berlin\n"
    let planned = try decode(text, in: directory.path).pipeline.streams[0].planned
    #expect(planned.windows.map(\.effect) == [.skipLearning, .suppress, .both, .both])
    #expect(planned.windows.map { $0.series?.text } == [nil, "host=web-*", nil, nil])
    #expect(
      planned.windows.map(\.summary) == ["Christmas", "May Day", "end of the year", ""])
    let year: Range<Milliseconds> = 1_767_225_600_000..<1_798_761_600_000
    #expect(
      planned.occurrences(in: year).map { TimeText.text($0.span.lowerBound) } == [
        "2026-04-30T22:00:00Z", "2026-07-01T20:00:00Z", "2026-12-23T23:00:00Z",
        "2026-12-24T23:00:00Z",
      ])
  }

  /// The entries, and the error.
  private static let mistakes: [(String, String)] = [
    ("- {}", "calendars[0].file: is missing: name a calendar, or write windows"),
    ("- {file: a, windows: []}", "calendars[0].windows: stands beside file"),
    ("- {file: \"\"}", "calendars[0].file: is empty"),
    ("- {file: gone.ics}", "calendars: DIR/gone.ics: cannot be opened: No such file"),
    ("- {file: .}", "calendars: DIR/.: is no file"),
    ("- {file: wrong.ics}", "calendars: DIR/wrong.ics: is no calendar of RFC 5545"),
    ("- {file: list}", "calendars: DIR/list:2: window 'Monday': is no window: write 2026-12-24"),
    ("- windows: [2026-01-01, x]", "calendars: calendars[0].windows:2: window 'x': is no window"),
    (
      "- {windows: [2026-01-01], effect: all}",
      "effect: 'all' is not one of suppress, skip_learning"
    ),
    ("- {windows: [2026-01-01], series: \"{\"}", "calendars[0].series: series pattern '{'"),
    ("- {windows: [2026-01-01], zone: UTC}", "zone: unknown key"),
  ]

  @Test("an error names the place, and says what to write", arguments: mistakes.indices)
  func refuses(number: Int) throws {
    let (entry, expected) = Self.mistakes[number]
    let directory = try TemporaryDirectory()
    _ = try directory.write("wrong.ics", "nothing")
    _ = try directory.write("list", "2026-01-01\nMonday\n")
    #expect {
      try decode(text(entry), in: directory.path)
    } throws: {
      "\($0)".contains(expected.replacing("DIR", with: directory.path))
    }
  }

  @Test("an index has no calendar")
  func index() {
    #expect(
      problems(text("- {windows: [2026-01-01]}") + "    time: index\n").contains {
        $0.contains("calendars: means nothing with time: index")
      })
  }
}
