import Testing
import TimeSeries

@Suite("Dates of the calendar")
struct CivilDateTests {
  @Test(
    "times are RFC 3339",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_399_000, "2000-02-28T23:59:59Z"),
      (951_782_400_000, "2000-02-29T00:00:00Z"), (951_868_800_000, "2000-03-01T00:00:00Z"),
      (1_735_689_599_000, "2024-12-31T23:59:59Z"), (4_107_542_399_000, "2100-02-28T23:59:59Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00Z"),
      // Milliseconds stand only where there are some.
      (1_736_121_600_005, "2025-01-06T00:00:00.005Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Milliseconds, String)])
  func times(time: Milliseconds, expected: String) {
    #expect(TimeText.text(time) == expected)
  }

  @Test("every day of four centuries has one date, and the date has that day")
  func everyDay() {
    var failures = 0
    for days in 0..<146_097 {
      let date = CivilDate(daysSince1970: days)
      let isKnown = CivilDate(year: date.year, month: date.month, day: date.day) == date
      if date.daysSince1970 != days || !isKnown { failures += 1 }
    }
    #expect(failures == 0)
  }

  @Test(
    "days that the calendar lacks are refused",
    arguments: [
      (2025, 2, 29), (2100, 2, 29), (2000, 2, 30), (2025, 4, 31), (2025, 13, 1), (2025, 0, 1),
      (2025, 1, 0), (2025, 1, 32),
    ])
  func noDay(year: Int, month: Int, day: Int) {
    #expect(CivilDate(year: year, month: month, day: day) == nil)
  }
}
