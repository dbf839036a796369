import Testing
import TimeSeries

@Suite("Schedules")
struct ScheduleTests {
  @Test(
    "cron expressions come due as crontab(5) says, in UTC",
    arguments: [
      // expression, after, next
      ("* * * * *", "2024-02-28 23:59:30", "2024-02-29 00:00:00"),
      ("* * * * *", "2024-05-01 10:00:00", "2024-05-01 10:01:00"),  // strictly after
      ("*/15 * * * *", "2024-05-01 10:14:59", "2024-05-01 10:15:00"),
      ("5-59/20 * * * *", "2024-05-01 10:25:00", "2024-05-01 10:45:00"),
      ("0 3 * * *", "2024-12-31 03:00:00", "2025-01-01 03:00:00"),
      ("30 4,16 * * *", "2024-05-01 05:00:00", "2024-05-01 16:30:00"),
      ("0 0 29 2 *", "2024-02-29 00:00:00", "2028-02-29 00:00:00"),
      ("0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"),  // 2100 is no leap year
      ("0 0 29 2 *", "1999-03-01 00:00:00", "2000-02-29 00:00:00"),  // 2000 is one
      ("0 0 31 * *", "2024-04-01 00:00:00", "2024-05-31 00:00:00"),
      ("0 0 1 jan *", "2024-05-01 00:00:00", "2025-01-01 00:00:00"),
      ("0 9 * * mon-fri", "2024-05-03 09:00:00", "2024-05-06 09:00:00"),  // Friday to Monday
      ("0 9 * * 7", "2024-05-03 09:00:00", "2024-05-05 09:00:00"),  // 7 is Sunday
      ("0 9 * * SUN,wed", "2024-05-05 09:00:00", "2024-05-08 09:00:00"),
      ("0 0 13 * fri", "2024-05-03 00:00:00", "2024-05-10 00:00:00"),  // either day: Friday
      ("0 0 13 * fri", "2024-05-10 00:00:00", "2024-05-13 00:00:00"),  // either day: the 13th
      ("0 0 */2 * fri", "2024-05-03 00:00:00", "2024-05-17 00:00:00"),  // a star: both days
      ("0 0 29 2 */1", "2024-02-29 00:00:00", "2028-02-29 00:00:00"),
      ("@hourly", "2024-05-01 10:00:00", "2024-05-01 11:00:00"),
      ("@daily", "2024-02-28 10:00:00", "2024-02-29 00:00:00"),
      ("@weekly", "2024-05-03 10:00:00", "2024-05-05 00:00:00"),
      ("@monthly", "2024-12-03 10:00:00", "2025-01-01 00:00:00"),
      ("@yearly", "2024-12-03 10:00:00", "2025-01-01 00:00:00"),
      ("0 0 1 1 *", "1968-05-01 10:00:00", "1969-01-01 00:00:00"),  // before 1970
      ("0 0 30 2 mon", "2024-02-27 00:00:00", "2025-02-03 00:00:00"),  // either day saves it
    ])
  func cron(text: String, after: String, expected: String) throws {
    #expect(try Schedule(cron: text).next(after: time(after)) == time(expected))
  }

  @Test(
    "an impossible cron expression is an error that names its field",
    arguments: [
      ("60 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day of month"),
      ("* * 32 * *", "day of month"), ("* * * 13 *", "month"), ("* * * foo *", "month"),
      ("* * * * 8", "day of week"), ("* * * * fri-mon", "day of week"), ("*/0 * * * *", "minute"),
      ("5/10 * * * *", "minute"), ("1-2-3 * * * *", "minute"), ("1,,2 * * * *", "minute"),
      (", * * * *", "minute"), ("-1 * * * *", "minute"), ("*/ * * * *", "minute"),
      ("1/2/3 * * * *", "minute"), ("+5 * * * *", "minute"), ("* * * *", "expression"),
      ("* * * * * *", "expression"), ("", "expression"), ("@often", "nickname"),
      ("0 0 31 2 *", "day of month"), ("0 0 30 2 *", "day of month"),
      ("0 0 31 4,6,9,11 *", "day of month"),
      ("99999999999999999999 * * * *", "minute"),
    ])
  func errors(text: String, field: String) {
    #expect {
      try Schedule(cron: text)
    } throws: { error in
      if case TimeSeriesError.schedule(let named, _) = error { named == field } else { false }
    }
  }

  @Test("a period comes due at its multiples since 1970")
  func period() throws {
    let schedule = try Schedule(every: 600_000)
    #expect(schedule.next(after: 0) == 600_000)
    #expect(schedule.next(after: 599_999) == 600_000)
    #expect(schedule.next(after: 600_000) == 1_200_000)
    #expect(schedule.next(after: -1) == 0)
    #expect(throws: TimeSeriesError.self) { try Schedule(every: 0) }
  }

  @Test("a schedule has a next time after any time whatever")
  func extremes() throws {
    for schedule in [try Schedule(every: 60_000), try Schedule(cron: "0 0 29 2 *")] {
      let valid = AlignmentSettings.validTimes
      #expect(schedule.next(after: .max) > valid.upperBound)
      #expect((valid.lowerBound...0).contains(schedule.next(after: .min)))
    }
  }

  @Test("a cron schedule comes due at just the minutes of a year that it names")
  func everyMinute() throws {
    let schedule = try Schedule(cron: "7-40/11 */5 1-7 * 1")
    var due: [Milliseconds] = []
    var now = time("2024-01-01 00:00:00") - 1
    while now < time("2025-01-01 00:00:00") {
      now = schedule.next(after: now)
      due.append(now)
    }
    var expected: [Milliseconds] = []
    for day in 0..<366 {
      let start = time("2024-01-01 00:00:00") + Int64(day) * 86_400_000
      let isMonday = day % 7 == 0  // 2024 began on a Monday
      guard isMonday || dayOfMonth2024(day) <= 7 else { continue }
      for hour in stride(from: 0, to: 24, by: 5) {
        for minute in [7, 18, 29, 40] {
          expected.append(start + Int64(hour * 60 + minute) * 60_000)
        }
      }
    }
    #expect(Array(due.dropLast()) == expected)
  }

  private func dayOfMonth2024(_ day: Int) -> Int {
    var left = day
    for length in [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
      if left < length { return left + 1 }
      left -= length
    }
    return 0
  }

  /// Counts days the slow way, year by year.
  private func time(_ text: String) -> Milliseconds {
    let parts = text.split(whereSeparator: { "- :".contains($0) }).map { Int($0)! }
    func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    var days = 0
    for year in min(parts[0], 1970)..<max(parts[0], 1970) {
      days += (isLeap(year) ? 366 : 365) * (parts[0] >= 1970 ? 1 : -1)
    }
    let lengths = [31, isLeap(parts[0]) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    days += lengths[..<(parts[1] - 1)].reduce(0, +) + parts[2] - 1
    return Int64(((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5]) * 1000
  }
}
