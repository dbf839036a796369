import CalendarFiles
import Testing
import TimeSeries

@Suite(
  "plain lists of windows",
  .enabled(if: CalendarRig.isInstalled, "needs the tz database in /usr/share/zoneinfo"))
struct PlannedListTests {
  /// A line, and the window in UTC by the clock of Berlin.
  private static let lines: [(String, String)] = [
    ("2026-12-24", "2026-12-23T23:00:00Z/2026-12-24T23:00:00Z"),
    ("2026-12-24 Christmas Eve # a comment", "2026-12-23T23:00:00Z/2026-12-24T23:00:00Z"),
    // Both days are included.
    ("2026-12-24/2026-12-27", "2026-12-23T23:00:00Z/2026-12-27T23:00:00Z"),
    ("  2026-03-29\t23 hours", "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z"),
    ("2026-12-24T22:00/2026-12-25T02:00", "2026-12-24T21:00:00Z/2026-12-25T01:00:00Z"),
    ("2026-12-24T22:00/2026-12-25T02:00:30Z", "2026-12-24T21:00:00Z/2026-12-25T02:00:30Z"),
    ("2026-12-24T22:00Z/2026-12-25T02:00-03:30", "2026-12-24T22:00:00Z/2026-12-25T05:30:00Z"),
    ("2026-12-24T22:00/2026-12-24T24:00", "2026-12-24T21:00:00Z/2026-12-24T23:00:00Z"),
    // 02:30 does not exist, and 02:30 comes twice.
    ("2026-03-29T02:30/2026-03-29T06:00", "2026-03-29T01:30:00Z/2026-03-29T04:00:00Z"),
    ("2026-10-25T02:30/2026-10-25T06:00", "2026-10-25T00:30:00Z/2026-10-25T05:00:00Z"),
  ]

  @Test("a line is a window", arguments: lines.indices)
  func reads(number: Int) throws {
    let (line, expected) = Self.lines[number]
    let windows = try CalendarRig.windows(
      line, name: "list", zone: try CalendarRig.zone("Europe/Berlin"))
    #expect(try CalendarRig.spans(windows, from: 2026_01_01, to: 2027_01_01) == [expected])
  }

  @Test("blank lines and comments are passed over, labels are kept")
  func labels() throws {
    let text = "\u{FEFF}# holidays\r\n\r\n2026-01-01   New   Year #1\r\n2026-05-01 May#Day\n"
    let windows = try CalendarRig.windows(text, name: "list")
    #expect(windows.map(\.summary) == ["New Year", "May#Day"])
    #expect(windows.map(\.id) == ["list:3", "list:4"])
    #expect(try CalendarRig.windows("", name: "list").isEmpty)
  }

  private static let mistakes: [(String, String)] = [
    ("tomorrow", "list:2: window 'tomorrow': is no window: write 2026-12-24"),
    ("2026-02-30", "is no window"), ("24.12.2026", "is no window"),
    ("2026-12-24T22:00", "has no end: write 2026-12-24T22:00/"),
    ("2026-12-24/2026-12-24T10:00", "goes from a day to a time"),
    ("2026-12-24/2026-12-23", "ends before it begins"),
    ("2026-12-24T10:00Z/2026-12-24T10:00Z", "ends before it begins"),
    ("2026-12-24/2026-12-25/2026-12-26", "is no window"),
    ("2026-12-24T25:00/2026-12-25T02:00", "is no window"),
    ("2026-12-24T10:00+99:00/2026-12-25T02:00", "is no window"),
    (String(repeating: "9", count: 5_000), "is longer than 1000 characters"),
  ]

  @Test("an error names file and line, and says what to write", arguments: mistakes.indices)
  func refuses(number: Int) {
    let (line, expected) = Self.mistakes[number]
    #expect {
      try CalendarRig.windows("# one\n" + line, name: "list")
    } throws: {
      "\($0)".hasPrefix("list:2: ") && "\($0)".contains(expected)
    }
  }
}
