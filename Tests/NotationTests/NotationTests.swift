import Notation
import Testing

@Suite("Notation of durations and names")
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

  @Test("longer durations than can be read are still written")
  func longDurations() {
    #expect(DurationNotation.text(.milliseconds(Int64.max)) == "106751991167d7h12m55s807ms")
  }

  @Test(
    "milliseconds are read where nothing finer is written",
    arguments: [
      ("250ms", 250), ("1h30m", 5_400_000), ("1s500ms", 1500), ("2000us", 2), ("0s", 0),
      ("106751d", 9_223_286_400_000),
    ] as [(String, Int64)])
  func milliseconds(text: String, expected: Int64) throws {
    #expect(try DurationNotation.milliseconds(text) == expected)
  }

  @Test("what milliseconds cannot tell is refused", arguments: ["1us", "1500us", "1s1ns"])
  func finerThanMilliseconds(text: String) {
    #expect(throws: NotationError.finerThanMilliseconds(text)) {
      try DurationNotation.milliseconds(text)
    }
  }

  @Test("a missing unit is answered with the text to write")
  func missingUnit() {
    #expect("\(NotationError.durationWithoutUnit("10"))".contains("write for example 10s or 10ms"))
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
