/// Areas under the curve of precision against recall over all thresholds of a score.
package enum PrecisionRecall {
  /// The area by point (average precision): the sum over the distinct scores, from the highest on,
  /// of the gain of recall times the precision.
  ///
  /// - Returns: `nil` if no row is labelled.
  /// - Complexity: O(n log n).
  package static func area(scores: [Double], labels: [Bool]) -> Double? {
    precondition(scores.count == labels.count)
    let positives = labels.count { $0 }
    guard positives > 0 else { return nil }
    var hits = 0
    return area(ordered(scores), scores) { row in
      if labels[row] { hits += 1 }
    } state: {
      (recall: Double(hits) / Double(positives), hits: Double(hits))
    }
  }

  /// The volume under the surface of precision, recall and buffer (VUS-PR): the mean, over buffers
  /// of 0 … `bufferMaximum` rows, of the area with labels that fade out over half a buffer on both
  /// sides of each labelled run. Recall counts a run without any detection as missed as a whole.
  ///
  /// - Returns: `nil` if no row is labelled.
  /// - Complexity: O(n log n + n · bufferMaximum).
  /// - Source: Paparrizos et al. 2022, "Volume Under the Surface: A New Accuracy Evaluation Measure
  ///   for Time-Series Anomaly Detection", section 4. Deviation: all distinct scores are
  ///   thresholds, not a sample of them. The authors' later programs leave faded labels that were
  ///   not detected out of what recall is a share of, and give higher numbers.
  package static func volume(scores: [Double], labels: [Bool], bufferMaximum: Int) -> Double? {
    precondition(scores.count == labels.count && bufferMaximum >= 0)
    let runs = LabelWindows.runs(of: labels)
    guard !runs.isEmpty else { return nil }
    let order = ordered(scores)
    var sum = 0.0
    for buffer in 0...bufferMaximum {
      sum += bufferedArea(order, scores, labels, runs, buffer: buffer)
    }
    return sum / Double(bufferMaximum + 1)
  }

  private static func bufferedArea(
    _ order: [Int], _ scores: [Double], _ labels: [Bool], _ runs: [ClosedRange<Int>], buffer: Int
  ) -> Double {
    let faded = faded(labels, runs, buffer: buffer)
    let ranges = LabelWindows.widened(runs, by: buffer / 2, rowCount: labels.count)
    var rangeOfRow = Array(repeating: -1, count: labels.count)
    for (number, range) in ranges.enumerated() {
      for row in range { rangeOfRow[row] = number }
    }
    let positives = (Double(labels.count { $0 }) + faded.reduce(0, +)) / 2
    var hits = 0.0
    var isFound = Array(repeating: false, count: ranges.count)
    var found = 0
    return area(order, scores) { row in
      hits += faded[row]
      let range = rangeOfRow[row]
      if range >= 0, !isFound[range] {
        isFound[range] = true
        found += 1
      }
    } state: {
      (recall: min(hits / positives, 1) * Double(found) / Double(ranges.count), hits: hits)
    }
  }

  /// Labels from 0 to 1: 1 in a run, and at the distance d from it √(1 − d / buffer), up to half a
  /// buffer.
  private static func faded(
    _ labels: [Bool], _ runs: [ClosedRange<Int>], buffer: Int
  ) -> [Double] {
    var faded = labels.map { $0 ? 1.0 : 0 }
    guard buffer > 1 else { return faded }
    for run in runs {
      for distance in 1...buffer / 2 {
        let share = (1 - Double(distance) / Double(buffer)).squareRoot()
        for row in [run.lowerBound - distance, run.upperBound + distance]
        where labels.indices.contains(row) {
          faded[row] = min(1, faded[row] + share)
        }
      }
    }
    return faded
  }

  private static func ordered(_ scores: [Double]) -> [Int] {
    scores.indices.sorted { scores[$0] > scores[$1] }
  }

  /// - Parameters:
  ///   - take: counts a row as detected.
  ///   - state: the recall of the rows taken so far, and how many of them are right.
  private static func area(
    _ order: [Int], _ scores: [Double], take: (Int) -> Void,
    state: () -> (recall: Double, hits: Double)
  ) -> Double {
    var (sum, recall) = (0.0, 0.0)
    for (place, row) in order.enumerated() {
      take(row)
      // Equal scores pass a threshold together.
      if place + 1 < order.count, scores[order[place + 1]] == scores[row] { continue }
      let now = state()
      sum += (now.recall - recall) * now.hits / Double(place + 1)
      recall = now.recall
    }
    return sum
  }
}
