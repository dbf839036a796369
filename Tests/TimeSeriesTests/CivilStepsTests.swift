import TestSupport
import Testing
import TimeSeries

@Suite("steps by the clock")
struct CivilStepsTests {
  private static let hour: Milliseconds = 3_600_000
  private static let day = 24 * hour
  /// 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z: Berlin's clocks go forward, and back.
  private static let spring: Milliseconds = 1_711_846_800_000
  private static let autumn: Milliseconds = 1_729_990_800_000

  private static func zone(_ rule: String, standard: Int32) throws -> TimeZoneRules {
    try TimeZoneRules(name: rule, file: ZoneFile.bytes(standard: standard, rule: rule))
  }

  private static func zones() throws -> [TimeZoneRules] {
    [
      .utc, try zone("CET-1CEST,M3.5.0,M10.5.0/3", standard: 3_600),
      try zone("EST5EDT,M3.2.0,M11.1.0", standard: -18_000),
      try zone("AEST-10AEDT,M10.1.0,M4.1.0/3", standard: 36_000),
      try zone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", standard: 37_800),
      try zone("IST-1GMT0,M10.5.0,M3.5.0/1", standard: 3_600),
      try zone("IST-5:30", standard: 19_800),
      // Changes at the turn of the year.
      try zone("XXX3YYY,J1/0,J365/23", standard: -10_800),
    ]
  }

  @Test("a span has one offset to both of its ends, and another beyond them")
  func spans() throws {
    var random = SplitMix(seed: 1)
    for zone in try Self.zones() {
      for _ in 0..<2_000 {
        let time = Milliseconds(random.uniform() * 6e12) - 1_000_000_000_000
        let span = zone.span(at: time)
        #expect(span.offset == zone.offset(at: time))
        #expect(span.from <= time && time < span.until)
        for place in 1...20 where span.from != .min && span.until < 1 << 60 {
          let inside = span.from + (span.until - span.from - 1) / 20 * Milliseconds(place)
          #expect(zone.offset(at: inside) == span.offset, "\(zone.name) \(time)")
        }
        if span.from > -(1 << 60) { #expect(zone.offset(at: span.from - 1) != span.offset) }
        if span.until < 1 << 60 { #expect(zone.offset(at: span.until) != span.offset) }
      }
    }
  }

  @Test("a day and a week before is the same local time, across both changes")
  func before() throws {
    let zone = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    for change in [Self.spring, Self.autumn] {
      for interval in [Self.hour, Self.hour / 4, Self.hour / 60] {
        let civil = CivilSteps(interval: interval, zone: zone)
        for time in stride(
          from: change - 9 * Self.day, to: change + 9 * Self.day, by: Int(interval))
        {
          for days in [1, 7] {
            let found = civil.time(days * Int(Self.day / interval), before: time)
            let expected = zone.local(time - 1) - Milliseconds(days) * Self.day
            if Self.isSkipped(expected, zone) {
              // Half past two does not occur: the time is half past three.
              #expect(zone.local(found - 1) == expected + Self.hour)
            } else {
              #expect(zone.local(found - 1) == expected)
            }
          }
        }
      }
    }
  }

  /// Whether a local time of the day of a change does not occur.
  private static func isSkipped(_ local: Milliseconds, _ zone: TimeZoneRules) -> Bool {
    ![1, 2].contains { zone.local(local - $0 * hour) == local }
  }

  @Test("of a local time that occurs twice, the later one is looked back at")
  func twice() throws {
    let zone = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    let civil = CivilSteps(interval: Self.hour / 2, zone: zone)
    // The step that ends at 02:30 on the day after, and the one that ends at 02:30 in standard time.
    let next = Self.autumn + Self.day + Self.hour / 2
    #expect(civil.time(48, before: next) == Self.autumn + Self.hour / 2)
    // Both steps that end at 02:30 on the day of the change look back at the one of the day before.
    let usual = Self.autumn - Self.day - Self.hour / 2
    #expect(civil.time(48, before: Self.autumn - Self.hour / 2) == usual)
    #expect(civil.time(48, before: Self.autumn + Self.hour / 2) == usual)
  }

  @Test("where clocks are not changed, no step has another number")
  func unchanged() throws {
    let zones: [TimeZoneRules?] = [nil, .utc, try Self.zone("IST-5:30", standard: 19_800)]
    for zone in zones {
      let civil = CivilSteps(interval: Self.hour, zone: zone)
      var leads = ClockLeads()
      for step in 0..<2_000 {
        let time = Self.spring + Milliseconds(7 * step) * Self.hour
        #expect(civil.time(24, before: time) == time - Self.day)
        leads.move(to: time, civil, past: 300, ahead: 30)
        #expect(leads.isConstant && leads.lead(0) == 0 && leads.lead(-24) == 0)
      }
    }
    #expect(
      CivilSteps(interval: Self.hour, season: 23, zone: try Self.zones()[1]).yearlyChange == 0)
    #expect(
      CivilSteps(interval: Self.hour, season: 24, zone: try Self.zones()[1]).yearlyChange == 1)
  }

  @Test("changes that are no whole number of steps are rounded to the nearest, a half to none")
  func rounding() throws {
    let berlin = try TimeZoneRules(name: "Europe/Berlin", file: ZoneFile.berlin)
    let minute = Self.hour / 60
    for (interval, steps) in [(2 * 60, 0), (90, 1), (45, 1), (40, 1), (36, 2), (24 * 60, 0)] {
      let civil = CivilSteps(interval: Milliseconds(interval) * minute, zone: berlin)
      #expect(civil.lead(at: Self.spring) == 0)
      #expect(civil.lead(at: Self.spring + 1) == steps, "\(interval) minutes")
    }
    // Standard time there is an hour behind UTC: a day is the same day in summer.
    let azores = try Self.zone("<-01>1<+00>,M3.5.0/0,M10.5.0/1", standard: -3_600)
    #expect(CivilSteps(interval: Self.day, zone: azores).lead(at: Self.spring + Self.day) == 0)
  }

  @Test("the leads about an origin are those of its steps, in whatever order origins come")
  func leads() throws {
    var random = SplitMix(seed: 2)
    for zone in try Self.zones() {
      for interval in [Self.hour / 12, Self.hour, Self.day] {
        let civil = CivilSteps(interval: interval, zone: zone)
        let (past, ahead) = (interval == Self.hour / 12 ? 288 : 400, 24)
        var leads = ClockLeads()
        var origin = AlignmentSettings.floor(Self.spring - 10 * Self.day, to: interval)
        for turn in 0..<300 {
          origin +=
            turn % 10 == 9
            ? Milliseconds(Int(random.uniform() * 400) - 200) * interval : 7 * interval
          leads.move(to: origin, civil, past: past, ahead: ahead)
          for step in stride(from: -past, through: ahead, by: interval == Self.hour / 12 ? 3 : 1) {
            let expected = civil.lead(at: origin + Milliseconds(step) * interval)
            #expect(leads.lead(step) == expected, "\(zone.name) \(origin) \(step)")
          }
        }
      }
    }
  }
}
