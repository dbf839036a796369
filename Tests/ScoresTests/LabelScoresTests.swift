import Foundation
import Scores
import Testing

@Suite("Scores of detections against labels")
struct LabelScoresTests {
  private func labels(_ count: Int, _ runs: ClosedRange<Int>...) -> [Bool] {
    (0..<count).map { row in runs.contains { $0.contains(row) } }
  }

  private func scores(_ count: Int, _ rows: [Int: Double]) -> [Double] {
    (0..<count).map { rows[$0] ?? 0 }
  }

  @Test("windows are runs widened by a twentieth of the rows a run, and overlapping ones are one")
  func windows() {
    // 0.1 · 200 / 2 / 2 = 5 rows on each side.
    let two = LabelWindows(labels: labels(200, 50...52, 120...120))
    #expect(two.runs == [50...52, 120...120])
    #expect(two.windows == [45...57, 115...125])
    #expect(two.probation == 30)
    let touching = LabelWindows(labels: labels(200, 50...52, 63...64))
    #expect(touching.windows == [45...69])
    // At least three rows, and not beyond the ends.
    #expect(LabelWindows(labels: labels(20, 0...1, 19...19)).windows == [0...4, 16...19])
    // A window that ends in the probation does not count.
    let early = LabelWindows(labels: labels(200, 10...12, 120...120))
    #expect(early.windows.count == 2 && early.counted == [115...125])
    #expect(LabelWindows(labels: labels(9000)).probation == 750)
  }

  @Test("the Numenta score is 100 for first rows, 0 for nothing, and falls with time and noise")
  func numenta() throws {
    let windows = LabelWindows(labels: labels(200, 100...100))
    #expect(windows.windows == [90...110])
    func score(
      _ rows: [Int: Double], _ profile: NumentaScore.Profile = .standard
    ) throws -> NumentaScore.Result {
      var score = NumentaScore()
      score.add(scores: scores(200, rows), windows: windows)
      return try #require(score.result(profile))
    }
    let first = try score([90: 1])
    #expect(abs(first.score - 100) < 1e-9 && first.found == 1 && first.falseRows == 0)
    let nothing = try score([:])
    #expect(nothing.score == 0 && nothing.threshold == .infinity && nothing.found == 0)
    // The label itself is row 11 of 21: −(110 − 100 + 1) / 21.
    func sigmoid(_ place: Double) -> Double { 2 / (1 + exp(5 * place)) - 1 }
    let middle = sigmoid(-11.0 / 21) / sigmoid(-1)
    #expect(abs(try score([100: 1]).score - 100 * (middle + 1) / 2) < 1e-9)
    // Before the first window a false row costs its whole weight; behind it less.
    let noisy = try score([90: 0.5, 60: 0.9])
    #expect(abs(noisy.score - 100 * (2 - 0.11) / 2) < 1e-9 && noisy.falseRows == 1)
    #expect(abs(try score([90: 0.5, 60: 0.9], .lowFalsePositives).score - 89) < 1e-9)
    let behind = try score([90: 0.5, 111: 0.9])
    #expect(abs(behind.score - 100 * (2 + 0.11 * sigmoid(1.0 / 20)) / 2) < 1e-9)
    // A missed window costs twice as much.
    #expect(abs(try score([90: 0.5, 60: 0.9], .lowFalseNegatives).score - 100 * 2.89 / 3) < 1e-9)
    // A threshold above the noise leaves it out; rows on probation cost nothing.
    #expect(try score([90: 0.9, 60: 0.5]).falseRows == 0)
    #expect(abs(try score([90: 0.9, 5: 1]).score - 100) < 1e-9)
  }

  @Test("one threshold serves all files of the Numenta score")
  func pooled() throws {
    let windows = LabelWindows(labels: labels(200, 100...100))
    var score = NumentaScore()
    score.add(scores: scores(200, [90: 0.9]), windows: windows)
    score.add(scores: scores(200, [90: 0.3, 50: 0.6]), windows: windows)
    score.add(scores: scores(200, [50: 1]), windows: LabelWindows(labels: labels(200)))
    let result = try #require(score.result(.standard))
    // Both windows are worth more than the two false rows.
    #expect(result.threshold == 0.3 && result.found == 2 && result.falseRows == 2)
    #expect(abs(result.score - 100 * (4 - 0.22) / 4) < 1e-9)
    #expect(NumentaScore().result(.standard) == nil)
  }

  @Test("incidents are right within a window, and a window is found once")
  func incidents() throws {
    let windows = LabelWindows(labels: labels(200, 50...52, 120...120, 180...180))
    // 0.1 · 200 / 3 / 2 = 3 rows.
    #expect(windows.windows == [47...55, 117...123, 177...183])
    var score = IncidentScore()
    #expect(score.precision == nil && score.recall == nil && score.f1 == nil)
    let opens = (0..<200).map { [5, 47, 54, 90, 123].contains($0) }
    score.add(opens: opens, windows: windows)
    #expect(score.incidents == 4 && score.falseIncidents == 1)
    #expect(score.precision == 0.75 && score.recall == 2.0 / 3)
    // 2 · (3/4 · 2/3) / (3/4 + 2/3)
    #expect(abs(try #require(score.f1) - 12.0 / 17) < 1e-12)
    var none = IncidentScore()
    none.add(opens: Array(repeating: false, count: 200), windows: windows)
    #expect(none.precision == nil && none.recall == 0 && none.f1 == 0)
  }

  @Test("the area by point takes equal scores together")
  func area() throws {
    let labels = [true, false, true, false]
    // Ranks: true, false, true, false. 1/2 · 1 + 1/2 · 2/3.
    let mixed = PrecisionRecall.area(scores: [0.9, 0.8, 0.7, 0.1], labels: labels)
    #expect(abs(try #require(mixed) - 5.0 / 6) < 1e-12)
    #expect(PrecisionRecall.area(scores: [1, 0, 1, 0], labels: labels) == 1)
    // No information: the share of labelled rows.
    #expect(PrecisionRecall.area(scores: [0, 0, 0, 0], labels: labels) == 0.5)
    #expect(PrecisionRecall.area(scores: [0, 1], labels: [false, false]) == nil)
  }

  @Test("the volume is the area without a buffer, and forgives a near miss with one")
  func volume() throws {
    let labels = labels(9, 4...4)
    let hit = scores(9, [4: 1])
    let near = scores(9, [3: 1])
    let far = scores(9, [0: 1])
    func volume(_ scores: [Double], _ buffer: Int) throws -> Double {
      try #require(PrecisionRecall.volume(scores: scores, labels: labels, bufferMaximum: buffer))
    }
    for scores in [hit, near, far] {
      let area = try #require(PrecisionRecall.area(scores: scores, labels: labels))
      #expect(abs(try volume(scores, 0) - area) < 1e-12)
    }
    // Buffer 2 reaches one row on each side with √(1 − 1/2): positives are (1 + 1 + 2 · 0.7071) / 2.
    let fade = 0.5.squareRoot()
    let positives = (2 + 2 * fade) / 2
    let all = 1 - fade / positives
    let expected = fade / positives * fade + all * (1 + 2 * fade) / 9
    let areas = [1.0 / 9, 1.0 / 9, expected]
    #expect(abs(try volume(near, 2) - areas.reduce(0, +) / 3) < 1e-12)
    #expect(try volume(near, 4) > volume(near, 0))
    #expect(try volume(hit, 4) > volume(near, 4))
    #expect(try volume(far, 4) < volume(near, 4))
    #expect(PrecisionRecall.volume(scores: [1], labels: [false], bufferMaximum: 2) == nil)
  }
}
