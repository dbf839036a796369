import CalendarFiles
import TestSupport
import Testing
import TimeSeries

@Suite(
  "calendars of RFC 5545",
  .enabled(if: CalendarRig.isInstalled, "needs the tz database in /usr/share/zoneinfo"))
struct CalendarReaderTests {
  private static let weekly = """
    UID:weekly@example.com
    SUMMARY:Weekly maintenance
    DTSTART;TZID=Europe/Berlin:20260104T020000
    DTEND;TZID=Europe/Berlin:20260104T040000
    RRULE:FREQ=WEEKLY;BYDAY=SU
    """

  @Test("a weekly maintenance follows the clock of its zone over both changes of summer time")
  func followsTheClock() throws {
    let windows = try CalendarRig.windows(CalendarRig.calendar(Self.weekly))
    #expect(windows.map(\.summary) == ["Weekly maintenance"])
    #expect(windows.map(\.id) == ["weekly@example.com"])
    #expect(
      try CalendarRig.spans(windows, from: 2026_03_16, to: 2026_04_06) == [
        "2026-03-22T01:00:00Z/2026-03-22T03:00:00Z",
        // 02:00 does not exist on this day: it is 01:00Z by the offset before.
        "2026-03-29T01:00:00Z/2026-03-29T03:00:00Z",
        "2026-04-05T00:00:00Z/2026-04-05T02:00:00Z",
      ])
    #expect(
      try CalendarRig.spans(windows, from: 2026_10_12, to: 2026_11_02) == [
        "2026-10-18T00:00:00Z/2026-10-18T02:00:00Z",
        // 02:00 comes twice: the first is meant.
        "2026-10-25T00:00:00Z/2026-10-25T02:00:00Z",
        "2026-11-01T01:00:00Z/2026-11-01T03:00:00Z",
      ])
    let decades = try CalendarRig.spans(windows, from: 2056_01_01, to: 2057_01_01)
    #expect(decades.count == 53, "it has no end")
  }

  @Test(
    "the zone that a file defines is used, whatever its name; without summer time there is none")
  func definedZone() throws {
    let zone = """
      BEGIN:VTIMEZONE
      TZID:W. Europe Standard Time
      BEGIN:STANDARD
      DTSTART:16010101T030000
      TZOFFSETFROM:+0200
      TZOFFSETTO:+0100
      RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
      END:STANDARD
      BEGIN:DAYLIGHT
      DTSTART:16010101T020000
      TZOFFSETFROM:+0100
      TZOFFSETTO:+0200
      RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
      END:DAYLIGHT
      END:VTIMEZONE
      """
    let event = Self.weekly.split(separator: "\n").joined(separator: "\n")
    let named = event.replacing("Europe/Berlin", with: "W. Europe Standard Time")
    let text = CalendarRig.calendar(named).replacing(
      "BEGIN:VEVENT", with: zone.replacing("\n", with: "\r\n") + "\r\nBEGIN:VEVENT")
    let expected = try CalendarRig.windows(CalendarRig.calendar(event))
    let found = try CalendarRig.windows(text)
    for (from, to) in [(2026_01_01, 2027_01_01), (2080_01_01, 2081_01_01)] {
      #expect(
        try CalendarRig.spans(found, from: from, to: to)
          == CalendarRig.spans(expected, from: from, to: to))
    }
    let fixed = text.replacing("TZOFFSETTO:+0200", with: "TZOFFSETTO:+0100")
      .replacing("TZOFFSETFROM:+0200", with: "TZOFFSETFROM:+0100")
    #expect(
      try CalendarRig.spans(try CalendarRig.windows(fixed), from: 2026_07_04, to: 2026_07_06)
        == ["2026-07-05T01:00:00Z/2026-07-05T03:00:00Z"])
  }

  @Test("holidays are whole days of the stream's time zone, also those of 23 and 25 hours")
  func holidays() throws {
    let berlin = try CalendarRig.zone("Europe/Berlin")
    let text = CalendarRig.calendar(
      "UID:1\nSUMMARY:Neujahr\nDTSTART;VALUE=DATE:20000101\nRRULE:FREQ=YEARLY",
      "UID:2\nSUMMARY:Weihnachten\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\n"
        + "RRULE:FREQ=YEARLY",
      "UID:3\nDTSTART;VALUE=DATE:20260329", "UID:4\nDTSTART;VALUE=DATE:20261025\nDURATION:P1D")
    let windows = try CalendarRig.windows(text, zone: berlin)
    #expect(
      try CalendarRig.spans(windows, from: 2026_01_01, to: 2027_01_01) == [
        "2025-12-31T23:00:00Z/2026-01-01T23:00:00Z", "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z",
        "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z", "2026-12-24T23:00:00Z/2026-12-26T23:00:00Z",
        "2026-12-31T23:00:00Z/2027-01-01T23:00:00Z",
      ])
  }

  @Test("occurrences are left out, moved, cancelled and added")
  func exceptions() throws {
    let text = CalendarRig.calendar(
      Self.weekly + "\nEXDATE;TZID=Europe/Berlin:20260111T020000,20260118T020000\n"
        + "EXDATE;VALUE=DATE:20260125\nRDATE:20260106T120000Z\n"
        + "RDATE;VALUE=PERIOD:20260107T120000Z/PT30M",
      // The one of 1 February is moved to Monday; that of the 8th is cancelled.
      "UID:weekly@example.com\nRECURRENCE-ID;TZID=Europe/Berlin:20260201T020000\n"
        + "DTSTART:20260202T100000Z\nDURATION:PT1H",
      "UID:weekly@example.com\nRECURRENCE-ID:20260208T010000Z\nSTATUS:CANCELLED\n"
        + "DTSTART:20260208T010000Z\nDURATION:PT2H",
      "UID:gone\nSTATUS:CANCELLED\nDTSTART:20260102T000000Z\nDURATION:PT2H",
      "UID:other\nDTSTART:20260103T000000Z\nDURATION:PT2H")
    #expect(
      try CalendarRig.spans(try CalendarRig.windows(text), from: 2026_01_01, to: 2026_02_17) == [
        "2026-01-03T00:00:00Z/2026-01-03T02:00:00Z", "2026-01-04T01:00:00Z/2026-01-04T03:00:00Z",
        "2026-01-06T12:00:00Z/2026-01-06T14:00:00Z", "2026-01-07T12:00:00Z/2026-01-07T12:30:00Z",
        "2026-02-02T10:00:00Z/2026-02-02T11:00:00Z", "2026-02-15T01:00:00Z/2026-02-15T03:00:00Z",
      ])
  }

  @Test("times without a zone are by the clock of the stream, folded lines and escapes are read")
  func floating() throws {
    let text = CalendarRig.calendar(
      "UID:1\nSUMMARY;LANGUAGE=en:Racks\\, \n cooling\nDTSTART:20260701T080000\nDURATION:P1DT2H")
    let windows = try CalendarRig.windows(text, zone: try CalendarRig.zone("America/New_York"))
    #expect(windows.map(\.summary) == ["Racks, cooling"])
    #expect(
      try CalendarRig.spans(windows, from: 2026_06_01, to: 2026_08_01)
        == ["2026-07-01T12:00:00Z/2026-07-02T14:00:00Z"])
  }

  /// The lines of an event, and the error, of which the number is the line of the file.
  private static let mistakes: [(String, String)] = [
    ("SUMMARY:x", "calendar.ics:4: the event has no DTSTART"),
    ("DTSTART:20261332T000000\nDURATION:PT1H", "calendar.ics:5: DTSTART '20261332T000000' is no"),
    ("DTSTART:yesterday", "calendar.ics:5: DTSTART cannot be read: 'yesterday'"),
    ("DTSTART:20260101T000000Z", "calendar.ics:4: the event has no length: write DTEND"),
    ("DTSTART:20260102T000000Z\nDTEND:20260102T000000Z", "calendar.ics:6: the event does not end"),
    ("DTSTART:20260102\nDTEND;VALUE=DATE:20260101", "calendar.ics:6: the event ends before"),
    ("DTSTART:20260102T000000Z\nDTEND;VALUE=DATE:20260103", "calendar.ics:6: DTSTART and DTEND"),
    ("DTSTART:20260102T000000Z\nDURATION:-PT1H", "calendar.ics:6: DURATION '-PT1H' is no length"),
    (
      "DTSTART;TZID=Mars/Olympus:20260102T000000\nDURATION:PT1H",
      "calendar.ics:5: TZID=Mars/Olympus has no VTIMEZONE"
    ),
    (
      "DTSTART:20260102\nUID:1\nRRULE:FREQ=NEVER", "calendar.ics:7: RRULE cannot be read: 'FREQ=NEV"
    ),
    ("DTSTART:20260102\nRRULE:FREQ=SECONDLY", "calendar.ics:6: recurrence rule 'FREQ=SECONDLY'"),
    ("DTSTART:20260102\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "calendar.ics:6: several RRULE"),
    ("DTSTART:20260102\nEXRULE:FREQ=DAILY", "calendar.ics:6: EXRULE is no part of RFC 5545"),
    (
      "DTSTART:20200102\nDTEND;VALUE=DATE:20220101\nRRULE:FREQ=YEARLY",
      "calendar.ics:4: the event recurs, and is longer"
    ),
    (
      "DTSTART:20260102\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260102T000000Z",
      "calendar.ics:6: RANGE=THISANDFUTURE"
    ),
    ("DTSTART:20260102\nRDATE:never", "calendar.ics:6: RDATE cannot be read"),
    ("DTSTART:20260102\nEND:VTODO", "calendar.ics:6: END:VTODO ends no BEGIN"),
    ("DTSTART:20260102\nBEGIN:VALARM", "calendar.ics:7: END:VEVENT ends no BEGIN"),
  ]

  @Test("an error names file and line, and says what to write", arguments: mistakes.indices)
  func refuses(number: Int) {
    let (event, expected) = Self.mistakes[number]
    #expect {
      try CalendarRig.windows(CalendarRig.calendar(event))
    } throws: {
      "\($0)".hasPrefix(expected)
    }
  }

  @Test("what is no calendar, or more than one, ends with an error and not the process")
  func hostile() {
    let open = "BEGIN:VCALENDAR\r\n"
    let many = (0...10_000).map { _ in "BEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n" }
      .joined()
    let often = (0..<20).map { number in
      "BEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY\r\nUID:"
        + "\(number)\r\nEND:VEVENT\r\n"
    }.joined()
    for (text, expected) in [
      ("", "is no calendar of RFC 5545"), ("hello", "is no calendar of RFC 5545"),
      (open, ":1: BEGIN:VCALENDAR has no END"),
      (String(repeating: "BEGIN:VEVENT\r\n", count: 100_000), "components within more than 8"),
      (open + many + "END:VCALENDAR\r\n", "more than 10000 events"),
      (open + often + "END:VCALENDAR\r\n", "more than 100000 windows in a year"),
      (String(repeating: "x", count: 5 << 20), "is larger than 4 MiB"),
      ("BEGIN:VCALENDAR\u{0}", "is no text in UTF-8"),
    ] {
      #expect {
        try CalendarRig.windows(text)
      } throws: {
        "\($0)".contains(expected)
      }
    }
  }

  @Test("a calendar with random damage is read or refused", arguments: 1...6)
  func damaged(seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    let whole = Array(
      CalendarRig.calendar(
        Self.weekly + "\nEXDATE;TZID=Europe/Berlin:20260111T020000,20260118T020000",
        "UID:2\nDTSTART;VALUE=DATE:20201225\nDURATION:P1D\nRRULE:FREQ=YEARLY;COUNT=3",
        "UID:3\nRECURRENCE-ID:20260208T010000Z\nDTSTART:20260208T010000Z\nDURATION:PT2H"
      ).utf8)
    let letters = Array("0123456789:;,=-+TZ\r\n \"\\BEGINDVUR".utf8)
    var (readCount, refusedCount) = (0, 0)
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0...Int(random.uniform() * 4) {
        let place = Int(random.uniform() * Double(bytes.count))
        let letter = letters[Int(random.uniform() * Double(letters.count))]
        switch Int(random.uniform() * 4) {
        case 0: bytes[place] = letter
        case 1: bytes.insert(letter, at: place)
        case 2: bytes.remove(at: place)
        default:
          let end = min(bytes.count, place + Int(random.uniform() * 60))
          bytes.insert(contentsOf: bytes[place..<end], at: place)
        }
      }
      do throws(CalendarError) {
        let windows = try CalendarRig.windows(String(decoding: bytes, as: UTF8.self))
        _ = PlannedWindows(windows).occurrences(in: 0..<4_000_000_000_000)
        readCount += 1
      } catch {
        refusedCount += 1
      }
    }
    #expect(readCount > 20 && refusedCount > 20, "\(readCount) read, \(refusedCount) refused")
  }
}
