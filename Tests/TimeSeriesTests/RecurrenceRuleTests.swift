import Testing
import TimeSeries

/// `2026-12-24T22:00` in milliseconds of the clock that it is by.
private func clock(_ text: String) -> Milliseconds {
  let digits = text.filter { $0.isNumber }
  let compact = digits.prefix(8) + "T" + digits.dropFirst(8)
  let padded = compact + String(repeating: "0", count: 15 - compact.count)
  guard let time = CalendarTime(String(padded)) else {
    preconditionFailure("\(text) is a time")
  }
  return time.local
}

@Suite("recurrence rules")
struct RecurrenceRuleTests {
  /// The examples of RFC 5545, 3.8.5.3, and more: rule, first window, what follows (days where the time
  /// stays the same).
  private static let examples: [(String, String, [String])] = [
    ("FREQ=DAILY;COUNT=4", "1997-09-02T09:00", ["1997-09-03", "1997-09-04", "1997-09-05"]),
    (
      "FREQ=DAILY;UNTIL=19970905T000000Z", "1997-09-02T09:00", ["1997-09-03", "1997-09-04"]
    ),
    ("FREQ=DAILY;INTERVAL=2;COUNT=3", "1997-09-02T09:00", ["1997-09-04", "1997-09-06"]),
    // Every 10 days, 5 occurrences.
    (
      "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02T09:00",
      ["1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12"]
    ),
    ("FREQ=WEEKLY;COUNT=3", "1997-09-02T09:00", ["1997-09-09", "1997-09-16"]),
    // Every other week on Tuesday and Thursday.
    (
      "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-02T09:00",
      [
        "1997-09-04", "1997-09-16", "1997-09-18", "1997-09-30", "1997-10-02", "1997-10-14",
        "1997-10-16",
      ]
    ),
    // The first weekday of weeks makes a difference.
    (
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00",
      ["1997-08-10", "1997-08-19", "1997-08-24"]
    ),
    (
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00",
      ["1997-08-17", "1997-08-19", "1997-08-31"]
    ),
    // Monthly on the first Friday; on the first and last Sunday of every other month.
    (
      "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "1997-09-05T09:00",
      ["1997-10-03", "1997-11-07", "1997-12-05"]
    ),
    (
      "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "1997-09-07T09:00",
      ["1997-09-28", "1997-11-02", "1997-11-30", "1998-01-04", "1998-01-25"]
    ),
    (
      "FREQ=MONTHLY;COUNT=4;BYDAY=-2MO", "1997-09-22T09:00",
      ["1997-10-20", "1997-11-17", "1997-12-22"]
    ),
    // The third-to-the-last day of the month; the first and the last; the 31st where there is one.
    (
      "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-3", "1997-09-28T09:00",
      ["1997-10-29", "1997-11-28", "1997-12-29"]
    ),
    (
      "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "1997-09-30T09:00",
      ["1997-10-01", "1997-10-31", "1997-11-01", "1997-11-30"]
    ),
    ("FREQ=MONTHLY;COUNT=4", "1997-08-31T09:00", ["1997-10-31", "1997-12-31", "1998-01-31"]),
    // Every 18 months on the 10th thru 15th.
    (
      "FREQ=MONTHLY;INTERVAL=18;COUNT=8;BYMONTHDAY=10,11,12,13,14,15", "1997-09-10T09:00",
      [
        "1997-09-11", "1997-09-12", "1997-09-13", "1997-09-14", "1997-09-15", "1999-03-10",
        "1999-03-11",
      ]
    ),
    // Yearly in June and July; on the 1st, 100th and 200th day every third year.
    (
      "FREQ=YEARLY;COUNT=5;BYMONTH=6,7", "1997-06-10T09:00",
      ["1997-07-10", "1998-06-10", "1998-07-10", "1999-06-10"]
    ),
    (
      "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200", "1997-01-01T09:00",
      ["1997-04-10", "1997-07-19", "2000-01-01", "2000-04-09"]
    ),
    // The 20th Monday of the year; Monday of week 20; the last day of the year by its number.
    ("FREQ=YEARLY;COUNT=3;BYDAY=20MO", "1997-05-19T09:00", ["1998-05-18", "1999-05-17"]),
    (
      "FREQ=YEARLY;COUNT=3;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00",
      ["1998-05-11", "1999-05-17"]
    ),
    ("FREQ=YEARLY;COUNT=3;BYYEARDAY=-1", "1996-12-31T09:00", ["1997-12-31", "1998-12-31"]),
    // Every Thursday in March.
    (
      "FREQ=YEARLY;COUNT=5;BYMONTH=3;BYDAY=TH", "1997-03-13T09:00",
      ["1997-03-20", "1997-03-27", "1998-03-05", "1998-03-12"]
    ),
    // Friday the 13th; the first Saturday that follows the first Sunday.
    (
      "FREQ=MONTHLY;COUNT=5;BYDAY=FR;BYMONTHDAY=13", "1998-02-13T09:00",
      ["1998-03-13", "1998-11-13", "1999-08-13", "2000-10-13"]
    ),
    (
      "FREQ=MONTHLY;COUNT=3;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13T09:00",
      ["1997-10-11", "1997-11-08"]
    ),
    // Election day; the third of Tuesday, Wednesday, Thursday; the second-to-last weekday.
    (
      "FREQ=YEARLY;INTERVAL=4;COUNT=3;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "1996-11-05T09:00", ["2000-11-07", "2004-11-02"]
    ),
    (
      "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04T09:00",
      ["1997-10-07", "1997-11-06"]
    ),
    (
      "FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29T09:00",
      ["1997-10-30", "1997-11-27", "1997-12-30"]
    ),
    // Every 3 hours; every hour of the morning; several times a day.
    (
      "FREQ=HOURLY;INTERVAL=3;COUNT=3", "1997-09-02T09:00",
      ["1997-09-02T12:00", "1997-09-02T15:00"]
    ),
    (
      "FREQ=HOURLY;INTERVAL=5;COUNT=4;BYDAY=TU", "1997-09-02T21:30",
      ["1997-09-09T03:30", "1997-09-09T08:30", "1997-09-09T13:30"]
    ),
    (
      "FREQ=DAILY;COUNT=4;BYHOUR=9,21;BYMINUTE=0,30", "1997-09-02T09:00",
      ["1997-09-02T09:30", "1997-09-02T21:00", "1997-09-02T21:30"]
    ),
    // 29 February; 1 January of week 53 of the year before.
    ("FREQ=YEARLY;COUNT=4", "1996-02-29T09:00", ["2000-02-29", "2004-02-29", "2008-02-29"]),
    (
      "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA;UNTIL=20270101", "2005-01-01T09:00",
      ["2010-01-02", "2016-01-02", "2021-01-02"]
    ),
    // A first window that the rule does not have counts all the same.
    ("FREQ=WEEKLY;COUNT=3;BYDAY=SU", "1997-09-02T09:00", ["1997-09-07", "1997-09-14"]),
  ]

  @Test("windows come as in the examples of RFC 5545", arguments: examples.indices)
  func followsTheRule(number: Int) throws {
    let (text, start, following) = Self.examples[number]
    let recurrence = try recurrence(text, clock(start), .utc)
    let time = clock(start) % 86_400_000
    let expected =
      [clock(start)] + following.map { $0.count > 10 ? clock($0) : clock($0) + time }
    let all = recurrence.spans(in: clock("1990-01-01")..<clock("2040-01-01")).map(\.lowerBound)
    #expect(all == expected, "\(text)")
    // Any range by itself has the same windows, whatever was asked for before.
    for page in stride(from: clock("1996-01-01"), to: clock("2030-01-01"), by: 9 * 86_400_000)
      as StrideTo<Milliseconds>
    {
      let range = page..<page + 9 * 86_400_000
      let found = recurrence.spans(in: range).map(\.lowerBound)
      #expect(found == expected.filter { range.contains($0) || range.contains($0 + 999) })
    }
  }

  private func recurrence(
    _ text: String, _ start: Milliseconds, _ zone: TimeZoneRules, length: Milliseconds = 1_000
  ) throws -> Recurrence {
    var recurrence = Recurrence(
      rule: try RecurrenceRule(text), start: start, zone: zone,
      length: Recurrence.Length(milliseconds: length))
    try recurrence.limitCount()
    return recurrence
  }

  /// What is wrong with a rule, and a part of the error.
  private static let mistakes: [(String, String)] = [
    ("", "has no FREQ"),
    ("BYDAY=SU", "has no FREQ: write FREQ=YEARLY"),
    ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is unknown: write YEARLY"),
    ("FREQ=SECONDLY", "more often than windows can come"),
    ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX has 'XX': write SU"),
    ("FREQ=WEEKLY;BYDAY=2SU", "only FREQ=MONTHLY and YEARLY"),
    ("FREQ=MONTHLY;BYDAY=99SU", "no number from -53 to 53"),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL has '0'"),
    ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "COUNT and UNTIL"),
    ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL=TOMORROW is no time"),
    ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
    ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY has 0"),
    ("FREQ=DAILY;RSCALE=HEBREW", "RSCALE is not understood"),
    ("FREQ=DAILY;NONSENSE", "'NONSENSE' is no part of a rule"),
    ("FREQ=DAILY;BYWEEKNO=1", "only FREQ=YEARLY"),
    ("FREQ=DAILY;" + String(repeating: "BYHOUR=1;", count: 200), "is longer than"),
  ]

  @Test(
    "a rule that cannot be read says which part, and what to write", arguments: mistakes.indices)
  func refuses(number: Int) {
    let (text, expected) = Self.mistakes[number]
    #expect {
      try RecurrenceRule(text)
    } throws: {
      "\($0)".contains(expected)
    }
  }

  @Test("a count that is too high is refused")
  func count() {
    #expect(throws: TimeSeriesError.self) {
      try recurrence("FREQ=DAILY;COUNT=1000000", 0, .utc)
    }
  }
}
