import Glibc

/// The score of the Numenta Anomaly Benchmark: 100 for every window found at its first row without
/// a false alarm, 0 for no detection at all. One threshold serves all files.
///
/// A window earns the value of its best detection: the earlier, the more. A row that is detected
/// outside of all windows costs the more, the farther it is behind the last window.
///
/// - Source: Lavin & Ahmad 2015, "Evaluating Real-time Anomaly Detection Algorithms", equations
///   1–4.
package struct NumentaScore: Sendable {
  /// What a detection is worth.
  package struct Profile: Sendable, Equatable {
    package var name: String
    /// Weight of a detection outside of all windows.
    var falsePositive: Double
    /// Weight of a window without a detection.
    var falseNegative: Double

    package static let standard = Profile(
      name: "standard", falsePositive: 0.11, falseNegative: 1)
    package static let lowFalsePositives = Profile(
      name: "low FP", falsePositive: 0.22, falseNegative: 1)
    package static let lowFalseNegatives = Profile(
      name: "low FN", falsePositive: 0.11, falseNegative: 2)
    package static let all = [standard, lowFalsePositives, lowFalseNegatives]
  }

  package struct Result: Sendable, Equatable {
    package var score: Double
    /// The threshold with the highest score; infinite if no detection is better than any.
    package var threshold: Double
    package var found: Int
    package var windows: Int
    /// Rows outside of all windows whose score reaches the threshold.
    package var falseRows: Int
  }

  private struct Row {
    var score: Double
    /// What a detection here earns or costs, before its weight.
    var worth: Double
    /// Number of the window; negative outside of all.
    var window: Int32
  }

  private var rows: [Row] = []
  package private(set) var windowCount = 0

  package init() {}

  /// - Precondition: one score for each row.
  package mutating func add(scores: [Double], windows: LabelWindows) {
    precondition(scores.count == windows.rowCount)
    var number = 0
    for row in scores.indices {
      while number < windows.windows.count, row > windows.windows[number].upperBound { number += 1 }
      guard row >= windows.probation else { continue }
      if number < windows.windows.count, windows.windows[number].contains(row) {
        let skipped = windows.windows.count - windows.counted.count
        rows.append(
          Row(
            score: scores[row], worth: Self.worth(of: row, in: windows.windows[number]),
            window: Int32(windowCount + number - skipped)))
      } else {
        let worth = number == 0 ? -1 : Self.cost(of: row, behind: windows.windows[number - 1])
        rows.append(Row(score: scores[row], worth: worth, window: -1))
      }
    }
    windowCount += windows.counted.count
  }

  /// From 1 at the first row of the window down to 0 behind its last.
  private static func worth(of row: Int, in window: ClosedRange<Int>) -> Double {
    sigmoid(-Double(window.upperBound - row + 1) / Double(window.count)) / sigmoid(-1)
  }

  private static func cost(of row: Int, behind window: ClosedRange<Int>) -> Double {
    sigmoid(Double(row - window.upperBound) / Double(max(1, window.count - 1)))
  }

  private static func sigmoid(_ place: Double) -> Double {
    place > 3 ? -1 : 2 / (1 + exp(5 * place)) - 1
  }

  /// - Returns: `nil` if there is no window.
  package func result(_ profile: Profile) -> Result? {
    guard windowCount > 0 else { return nil }
    let sorted = rows.sorted { $0.score > $1.score }
    let floor = -profile.falseNegative * Double(windowCount)
    var best = Array(repeating: -profile.falseNegative, count: windowCount)
    var (total, top, threshold) = (floor, floor, Double.infinity)
    var next = 0
    while next < sorted.count {
      let score = sorted[next].score
      while next < sorted.count, sorted[next].score == score {
        let row = sorted[next]
        if row.window < 0 {
          total += profile.falsePositive * row.worth
        } else if row.worth > best[Int(row.window)] {
          total += row.worth - best[Int(row.window)]
          best[Int(row.window)] = row.worth
        }
        next += 1
      }
      if total > top { (top, threshold) = (total, score) }
    }
    let detected = rows.filter { $0.score >= threshold }
    return Result(
      score: 100 * (top - floor) / (Double(windowCount) - floor), threshold: threshold,
      found: Set(detected.lazy.map(\.window).filter { $0 >= 0 }).count, windows: windowCount,
      falseRows: detected.count { $0.window < 0 })
  }
}
