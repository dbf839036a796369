import Glibc
import Testing
import TimeSeries

@Suite("time zones")
struct TimeZoneTests {
  private static let directory = "/usr/share/zoneinfo/"
  private static let isInstalled = access(directory + "Europe/Berlin", R_OK) == 0

  private static func file(_ name: String) throws -> [UInt8] {
    let file = try #require(fopen(directory + name, "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return bytes
  }

  /// Zone, seconds since 1970, seconds east of UTC as Python's zoneinfo has them.
  private static let cases: [(String, Int64, Int64)] = [
    ("Europe/Berlin", 323_830_799, 3600),  // 1980-04-06T00:59:59Z
    ("Europe/Berlin", 323_830_800, 7200),  // 1980-04-06T01:00:00Z
    ("Europe/Berlin", 1_711_846_799, 3600),  // 2024-03-31T00:59:59Z
    ("Europe/Berlin", 1_711_846_800, 7200),  // 2024-03-31T01:00:00Z
    ("Europe/Berlin", 1_729_990_799, 7200),  // 2024-10-27T00:59:59Z
    ("Europe/Berlin", 1_729_990_800, 3600),  // 2024-10-27T01:00:00Z
    ("Europe/Berlin", 2_540_246_400, 7200),  // 2050-07-01T00:00:00Z
    ("Europe/Berlin", 2_563_405_199, 3600),  // 2051-03-26T00:59:59Z
    ("Europe/Berlin", 2_563_405_200, 7200),  // 2051-03-26T01:00:00Z
    ("Europe/Berlin", -2_208_988_800, 3600),  // 1900-01-01T00:00:00Z
    ("Australia/Sydney", 1_704_067_200, 39600),  // 2024-01-01T00:00:00Z
    ("Australia/Sydney", 1_712_419_199, 39600),  // 2024-04-06T15:59:59Z
    ("Australia/Sydney", 1_712_419_200, 36000),  // 2024-04-06T16:00:00Z
    ("Australia/Sydney", 2_863_958_399, 36000),  // 2060-10-02T15:59:59Z
    ("Australia/Sydney", 2_863_958_400, 39600),  // 2060-10-02T16:00:00Z
    ("Australia/Lord_Howe", 1_704_067_200, 39600),  // 2024-01-01T00:00:00Z
    ("Australia/Lord_Howe", 2_695_420_800, 37800),  // 2055-06-01T00:00:00Z
    ("Asia/Kolkata", 1_704_067_200, 19800),  // 2024-01-01T00:00:00Z
    ("America/St_Johns", 1_719_792_000, -9000),  // 2024-07-01T00:00:00Z
    ("America/St_Johns", 2_366_841_600, -12600),  // 2045-01-01T00:00:00Z
    ("America/New_York", 1_710_053_999, -18000),  // 2024-03-10T06:59:59Z
    ("America/New_York", 1_710_054_000, -14400),  // 2024-03-10T07:00:00Z
    ("Africa/Casablanca", 1_717_200_000, 3600),  // 2024-06-01T00:00:00Z
    ("Europe/Dublin", 1_704_067_200, 0),  // 2024-01-01T00:00:00Z
    ("Europe/Dublin", 2_350_944_000, 3600),  // 2044-07-01T00:00:00Z
  ]

  @Test(
    "offsets are those of the tz database, on both sides of every kind of change",
    .enabled(if: isInstalled, "needs the tz database in /usr/share/zoneinfo"))
  func offsets() throws {
    for (name, seconds, offset) in Self.cases {
      let zone = try TimeZoneRules(name: name, file: try Self.file(name))
      #expect(zone.offset(at: seconds * 1_000) == offset * 1_000, "\(name) at \(seconds)")
    }
  }

  @Test(
    "an hour of the day stays the same hour when summer time begins",
    .enabled(if: isInstalled, "needs the tz database in /usr/share/zoneinfo"))
  func summerTime() throws {
    let berlin = try TimeZoneRules(name: "Europe/Berlin", file: try Self.file("Europe/Berlin"))
    func hour(_ time: Milliseconds) -> Int64 { berlin.local(time) / 3_600_000 % 24 }
    // Saturday 30 March 2024, 08:00 in Berlin; a day of 24 hours later it is Sunday, 09:00.
    let saturday: Milliseconds = 1_711_782_000_000
    #expect(hour(saturday) == 8)
    #expect(hour(saturday + 24 * 3_600_000) == 9)
    #expect(hour(saturday + 23 * 3_600_000) == 8)
    #expect([0, 1, 2].map { berlin.weekday(saturday + $0 * 86_400_000) } == [5, 6, 0])
    // Half past eleven at night in UTC is the next day there.
    #expect(berlin.weekday(1_711_927_800_000) == 0)
    #expect(TimeZoneRules.utc.weekday(1_711_927_800_000) == 6)
  }

  @Test("rules of later years are read in all of their forms")
  func rules() throws {
    let july2050: Milliseconds = 2_540_160_000_000
    let january2050: Milliseconds = 2_524_608_000_000
    let table: [(String, Milliseconds, Int64)] = [
      ("UTC0", july2050, 0),
      ("CET-1CEST,M3.5.0,M10.5.0/3", july2050, 7_200),
      ("CET-1CEST,M3.5.0,M10.5.0/3", january2050, 3_600),
      ("EST5EDT,M3.2.0,M11.1.0", july2050, -14_400),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", january2050, 39_600),
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", july2050, 36_000),
      ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", january2050, 39_600),
      ("IST-1GMT0,M10.5.0,M3.5.0/1", january2050, 0),
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", july2050, -3_600),
      ("XXX3EST,J60/0,J300/0", july2050, -7_200),
      ("XXX3YYY4,0/0,J365/25", july2050, -14_400),
    ]
    for (text, time, offset) in table {
      let rule = try #require(YearlyRule(text), "\(text)")
      #expect(rule.offset(at: time) == offset * 1_000, "\(text)")
    }
    for text in [
      "", "A", "CET", "CET-1CEST,", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0",
      "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET-1", "CET-999",
    ] {
      #expect(YearlyRule(text) == nil, "\(text)")
    }
  }

  @Test("29 February counts where a rule counts days of the year, and not where it leaves it out")
  func leapDays() throws {
    // Summer from 1 March, 00:00 UTC: day J60 of every year, day 60 of leap years.
    let march2048: Milliseconds = 2_466_633_600_000
    let march2049: Milliseconds = 2_498_169_600_000
    let left = try #require(YearlyRule("AAA0BBB,J60/0,J300/0"))
    #expect([march2048, march2049].map { left.offset(at: $0) } == [3_600_000, 3_600_000])
    #expect([march2048, march2049].map { left.offset(at: $0 - 1) } == [0, 0])
    let counted = try #require(YearlyRule("AAA0BBB,60/0,300/0"))
    #expect(counted.offset(at: march2048) == 3_600_000)
    #expect(counted.offset(at: march2048 - 1) == 0)
    #expect(counted.offset(at: march2049) == 0)
    #expect(counted.offset(at: march2049 + 86_400_000) == 3_600_000)
  }

  @Test(
    "a file that is cut off or is another is refused, wherever it ends",
    .enabled(if: isInstalled, "needs the tz database in /usr/share/zoneinfo"))
  func damaged() throws {
    let whole = try Self.file("Europe/Berlin")
    let footer = try #require(whole.dropLast().lastIndex(of: UInt8(ascii: "\n")))
    for length in 0..<footer {
      #expect(throws: TimeSeriesError.self, "\(length) bytes") {
        try TimeZoneRules(name: "x", file: Array(whole.prefix(length)))
      }
    }
    #expect(throws: TimeSeriesError.self) {
      try TimeZoneRules(name: "x", file: Array(repeating: 0x41, count: 500))
    }
  }
}
