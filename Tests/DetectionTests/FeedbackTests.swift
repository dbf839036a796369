import Detection
import Glibc
import TestSupport
import Testing
import TimeSeries

@Suite("feedback")
struct FeedbackTests {
  private static let week: Milliseconds = 7 * 86_400_000
  private let key = Array("cpu".utf8)

  private func table(_ feedback: [Feedback]) -> FeedbackTable {
    var table = FeedbackTable()
    table.replace([key: feedback]) { $0 == Array("cpu".utf8) ? 0 : nil }
    return table
  }

  private func factor(_ labels: [Feedback.Label], at time: Milliseconds = 0) throws -> Double {
    let feedback = labels.map { Feedback(label: $0, kinds: [], time: 0) }
    return try #require(table(feedback).adjustment(row: 0, at: time)).budgetFactor
  }

  @Test(
    "feedback changes the budget by twos, within bounds",
    arguments: [
      ([.falseAlarm], 0.5), ([.missed], 2), ([.falseAlarm, .missed], 1),
      ([.falseAlarm, .falseAlarm], 0.25),
      // The bounds.
      (Array(repeating: Feedback.Label.falseAlarm, count: 16), 0.125),
      (Array(repeating: Feedback.Label.missed, count: 16), 4),
      // What was right changes nothing by itself, and leads back no further than to nothing.
      ([.real], 1), ([.falseAlarm, .real, .real, .real, .real, .real], 1),
      ([.missed, .real, .real, .real, .real], 1), ([.real, .falseAlarm, .real], exp2(-0.5)),
    ] as [([Feedback.Label], Double)])
  func budget(labels: [Feedback.Label], expected: Double) throws {
    #expect(abs(try factor(labels) - expected) < 1e-12)
  }

  @Test("only the evidence that is meant has another share, within bounds")
  func shares() throws {
    let alarm = Feedback(label: .falseAlarm, kinds: [.level, .flat], time: 0)
    let once = try #require(table([alarm]).adjustment(row: 0, at: 0))
    #expect(abs(once.logShare(of: .level) + log(3)) < 1e-12)
    #expect(once.logShare(of: .error) == 0)
    let often = try #require(
      table(Array(repeating: alarm, count: 9)).adjustment(row: 0, at: 0))
    #expect(abs(often.logShare(of: .flat) + log(9)) < 1e-12)
    let missed = Feedback(label: .missed, kinds: [.level], time: 0)
    let balanced = try #require(table([alarm, missed]).adjustment(row: 0, at: 0))
    #expect(balanced.logShare(of: .level) == 0 && balanced.budgetFactor == 1)
  }

  @Test("the effect halves in four weeks, ends after half a year, and is whole before its time")
  func fading() throws {
    #expect(abs(try factor([.falseAlarm], at: 4 * Self.week) - exp2(-0.5)) < 1e-12)
    #expect(try factor([.falseAlarm], at: 25 * Self.week) < 1)
    #expect(try factor([.falseAlarm], at: 26 * Self.week) == 1)
    #expect(try factor([.falseAlarm], at: -Self.week) == 0.5)
    #expect(try factor([.falseAlarm], at: .min) == 0.5)
    let old = table([Feedback(label: .falseAlarm, kinds: [], time: .min)])
    #expect(try #require(old.adjustment(row: 0, at: .max)).budgetFactor == 1)
  }

  @Test("rows follow their series: one that begins has its feedback, one that is forgotten none")
  func rows() {
    var trial = AnomalyTrial()
    trial.table.appendRow()
    let feedback = [key: [Feedback(label: .falseAlarm, kinds: [], time: 0)]]
    trial.table.feedback.replace(feedback) { _ in nil }
    #expect(trial.table.feedback.adjustment(row: 1, at: 0) == nil)
    trial.table.feedback.begin(row: 1, key: key)
    trial.table.feedback.begin(row: 0, key: Array("other".utf8))
    #expect(trial.table.feedback.adjustment(row: 1, at: 0) != nil)
    #expect(trial.table.feedback.adjustment(row: 0, at: 0) == nil)
    trial.table.reset(row: 1)
    #expect(trial.table.feedback.adjustment(row: 1, at: 0) == nil)
    #expect(trial.table.feedback.seriesCount == 0)
  }

  /// Incidents of a series with errors of one deviation, and of those the share that opened by an error.
  private func openings(
    _ feedback: [Feedback], seed: UInt64
  ) -> (count: Int, deviationOfSpike: Double) {
    var settings = AnomalySettings()
    settings.budget = AlarmBudget(perWeek: 50)
    var (trial, random) = AnomalyTrial.learned(settings, steps: 6_000, seed: seed)
    trial.table.feedback.replace([key: feedback]) { _ in 0 }
    var count = 0
    for _ in 0..<20_000 {
      if trial.take(10 + random.gaussian(), expecting: 10).isOpening { count += 1 }
    }
    var quiet = 0
    while quiet < 60 {
      quiet = trial.take(10 + random.gaussian(), expecting: 10).openedAt == nil ? quiet + 1 : 0
    }
    var size = 2.0
    while size < 1_000, !trial.take(10 + size, expecting: 10).isOpening { size *= 1.03 }
    return (count, size)
  }

  @Test("false alarms make a series rarer to open, missed incidents more often, for good")
  func realised() {
    var counts = (stricter: 0, neutral: 0, looser: 0)
    for seed in 1...4 as ClosedRange<UInt64> {
      let far = Milliseconds.max
      let stricter = openings(
        Array(
          repeating: Feedback(label: .falseAlarm, kinds: [.error, .level], time: far), count: 3),
        seed: seed)
      let neutral = openings([], seed: seed)
      let looser = openings(
        Array(repeating: Feedback(label: .missed, kinds: [], time: far), count: 2), seed: seed)
      counts.stricter += stricter.count
      counts.neutral += neutral.count
      counts.looser += looser.count
    }
    print("incidents with three false alarms, none, and two missed:", counts)
    // The series keeps its budget in the long run: the feedback is a change of the budget itself.
    #expect(counts.stricter * 3 < counts.neutral)
    #expect(counts.looser > counts.neutral * 2)
  }

  @Test("silence that was a false alarm must last three times as long, and has one opening")
  func silence() {
    var (trial, _) = AnomalyTrial.learned()
    trial.table.feedback.replace(
      [key: [Feedback(label: .falseAlarm, kinds: [.silent], time: .max)]]) { _ in 0 }
    var openings: [Int] = []
    for step in 1...60 {
      let verdict = trial.take(.nan, expecting: 10)
      if verdict.isOpening { openings.append(step) }
    }
    #expect(openings == [30])
    #expect(trial.take(10, expecting: 10).event == .close)
  }

  @Test("feedback on one series changes nothing of another")
  func others() {
    func run(_ feedback: [Feedback]) -> [String] {
      var (trial, random) = AnomalyTrial.learned(steps: 500)
      trial.table.appendRow()
      trial.table.feedback.replace([key: feedback]) { _ in 1 }
      return (0..<2_000).map { _ in
        let verdict = trial.take(10 + 3 * random.gaussian(), expecting: 10)
        return "\(verdict.score) \(verdict.incidentsPerWeek) \(verdict.isAnomalous)"
      }
    }
    #expect(run([]) == run([Feedback(label: .falseAlarm, kinds: [.error], time: 0)]))
  }
}
