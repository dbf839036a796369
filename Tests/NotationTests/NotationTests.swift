import Notation
import Testing

@Suite("Notation of durations, sizes and names")
struct NotationTests {
  @Test(
    "durations are whole numbers with units, from long to short",
    arguments: [
      ("250ms", Duration.milliseconds(250)),
      ("10s", .seconds(10)),
      ("5m", .seconds(300)),
      ("1h", .seconds(3600)),
      ("7d", .seconds(604_800)),
      ("1h30m", .seconds(5400)),
      ("1s500ms", .milliseconds(1500)),
      ("3us", .microseconds(3)),
      ("0s", .zero),
    ])
  func durations(text: String, expected: Duration) throws {
    #expect(try DurationNotation.parse(text) == expected)
    #expect(DurationNotation.text(expected) == text)
  }

  @Test(
    "what is not a duration is explained",
    arguments: [
      ("", NotationError.notADuration("")),
      ("10", .durationWithoutUnit("10")),
      ("10 s", .notADuration("10 s")),
      ("-1s", .notADuration("-1s")),
      ("1.5h", .notADuration("1.5h")),
      ("1h30", .notADuration("1h30")),
      ("10y", .unknownDurationUnit("y", in: "10y")),
      ("30m1h", .durationUnitsOutOfOrder("30m1h")),
      ("1m1m", .durationUnitsOutOfOrder("1m1m")),
      ("99999999999d", .tooLarge("99999999999d")),
      ("99999999999999999999s", .tooLarge("99999999999999999999s")),
      ("١٠s", .notADuration("١٠s")),
    ])
  func notDurations(text: String, expected: NotationError) {
    #expect(throws: expected) { try DurationNotation.parse(text) }
  }

  @Test("a missing unit is answered with the text to write")
  func missingUnit() {
    #expect("\(NotationError.durationWithoutUnit("10"))".contains("write for example 10s or 10ms"))
  }

  @Test(
    "sizes have units of 1000 and 1024",
    arguments: [
      ("4096", 4096), ("1kB", 1000), ("64KiB", 65536), ("10MB", 10_000_000), ("2GiB", 2 << 30),
      ("1K", 1024), ("0", 0), ("7B", 7),
    ])
  func sizes(text: String, expected: Int) throws {
    #expect(try SizeNotation.parse(text) == expected)
    #expect(try SizeNotation.parse(SizeNotation.text(expected)) == expected)
  }

  @Test(
    "what is not a size is explained",
    arguments: [
      ("", NotationError.notASize("")), ("x", .notASize("x")), ("-1", .notASize("-1")),
      ("1 kB", .notASize("1 kB")), ("1Q", .unknownSizeUnit("Q", in: "1Q")),
      ("99999999999GiB", .tooLarge("99999999999GiB")),
    ])
  func notSizes(text: String, expected: NotationError) {
    #expect(throws: expected) { try SizeNotation.parse(text) }
  }

  @Test(
    "a mistyped name finds the name that was meant",
    arguments: [
      ("brokre", ["broker"]),  // neighbours swapped
      ("intervall", ["interval"]),  // one too many
      ("tpics", ["topics"]),  // one missing
      ("CONFIG", ["config"]),  // another case
      ("conf", ["config"]),  // a prefix
      ("in", ["input", "interval"]),  // an ambiguous prefix
      ("zzz", []),  // nothing near
      ("", []),
      ("x", []),
    ])
  func suggestions(typed: String, expected: [String]) {
    let names = ["broker", "interval", "input", "topics", "config", "a"]
    #expect(nearestNames(to: typed, among: names) == expected)
  }

  @Test(
    "the distance counts inserted, deleted, replaced and swapped letters",
    arguments: [("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("abc", "acb", 1), ("ab", "xb", 1)])
  func distance(a: String, b: String, expected: Int) {
    #expect(
      damerauLevenshteinDistance(Array(a.unicodeScalars), Array(b.unicodeScalars)) == expected)
    #expect(
      damerauLevenshteinDistance(Array(b.unicodeScalars), Array(a.unicodeScalars)) == expected)
  }
}
