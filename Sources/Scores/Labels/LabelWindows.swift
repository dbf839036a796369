/// The windows around the labelled rows of a file, within which a detection counts as right.
///
/// - Source: Lavin & Ahmad 2015, "Evaluating Real-time Anomaly Detection Algorithms", section II.
///   Deviation: the windows of a file together cover about a tenth of it, whatever the number of
///   its labelled runs.
package struct LabelWindows: Sendable, Equatable {
  private static let leastMargin = 3
  private static let probationMaximum = 750

  package let rowCount: Int
  /// The runs of labelled rows.
  package let runs: [ClosedRange<Int>]
  /// The runs, widened on both sides; those that overlap or touch are one.
  package let windows: [ClosedRange<Int>]
  /// Number of first rows that never count, because a detector learns what is usual from them.
  package let probation: Int

  package init(labels: [Bool]) {
    rowCount = labels.count
    probation = min(Int(0.15 * Double(labels.count)), Self.probationMaximum)
    runs = Self.runs(of: labels)
    let margin = max(
      Self.leastMargin, Int(0.1 * Double(labels.count) / Double(max(runs.count, 1)) / 2))
    windows = Self.widened(runs, by: margin, rowCount: labels.count)
  }

  /// The windows with a row that counts.
  package var counted: [ClosedRange<Int>] { windows.filter { $0.upperBound >= probation } }

  static func runs(of labels: [Bool]) -> [ClosedRange<Int>] {
    var runs: [ClosedRange<Int>] = []
    for row in labels.indices where labels[row] {
      if let last = runs.last, last.upperBound == row - 1 {
        runs[runs.count - 1] = last.lowerBound...row
      } else {
        runs.append(row...row)
      }
    }
    return runs
  }

  static func widened(
    _ runs: [ClosedRange<Int>], by margin: Int, rowCount: Int
  ) -> [ClosedRange<Int>] {
    var merged: [ClosedRange<Int>] = []
    for run in runs {
      let first = max(0, run.lowerBound - margin)
      let last = min(rowCount - 1, run.upperBound + margin)
      if let previous = merged.last, first <= previous.upperBound + 1 {
        merged[merged.count - 1] = previous.lowerBound...max(last, previous.upperBound)
      } else {
        merged.append(first...last)
      }
    }
    return merged
  }
}
