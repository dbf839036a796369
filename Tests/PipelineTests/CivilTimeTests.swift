import TestSupport
import Testing
import TimeSeries

@Suite("seasons by civil time")
struct CivilTimeTests {
  /// 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z: Berlin's clocks go forward, and back.
  static let changes: [Milliseconds] = [1_711_846_800_000, 1_729_990_800_000]

  /// Interval, and seasons in steps; a week of quarters of an hour is kept as a profile.
  static let cases: [(Milliseconds, [Int])] = [
    (OfficeHours.hour, [24, 168]), (OfficeHours.hour, [24]), (OfficeHours.hour / 4, [96]),
    (OfficeHours.hour / 4, [96, 672]),
  ]

  private func say(_ office: OfficeHours, _ name: String) {
    print(
      "\(name), \(office.interval / 60_000) min: incidents",
      (-4...1).map { office.incidents(week: $0) },
      "error", (-2...1).map { office.error(week: $0) }, "loss",
      (-2...1).map { office.loss(week: $0) })
  }

  @Test("office hours are no news in the week after a change of time", arguments: cases)
  func officeHours(interval: Milliseconds, seasons: [Int]) throws {
    for change in Self.changes {
      let office = try OfficeHours(interval: interval, seasons: seasons, change: change)
      try office.run(seed: 5)
      say(office, "by the clock, \(seasons)")
      #expect(office.incidents(week: 0) <= office.usualIncidents + 1)
      #expect(office.error(week: 0) <= 1.2 * office.error(week: -1))
      #expect(office.loss(week: 0) <= 1.2 * office.loss(week: -1))
    }
  }

  @Test("without the time zone they are, which the zone is for")
  func withoutZone() throws {
    for change in Self.changes {
      let office = try OfficeHours(
        interval: OfficeHours.hour, seasons: [24, 168], change: change, zone: .utc)
      try office.run(seed: 5)
      say(office, "in UTC, [24, 168]")
      #expect(office.incidents(week: 0) > office.usualIncidents + 1)
      #expect(office.error(week: 0) > 1.4 * office.error(week: -1))
      #expect(office.loss(week: 0) > 1.4 * office.loss(week: -1))
    }
  }
}
