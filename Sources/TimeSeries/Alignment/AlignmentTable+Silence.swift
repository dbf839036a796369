// Which series have been silent the longest, by the event times of their newest points.

extension AlignmentTable {
  /// Number of series whose newest point is before `time`.
  ///
  /// - Complexity: O(rows).
  package func countSilent(before time: Milliseconds) -> Int {
    lastTime.elements.count { $0 > .min && $0 < time }
  }

  /// The rows of the series whose newest points are oldest and before `time`, the oldest first;
  /// among equals the lower row.
  ///
  /// - Complexity: O(rows), and sorting as many rows as are asked for.
  package func longestSilent(before time: Milliseconds, atMost most: Int) -> [Int] {
    var found: [(time: Milliseconds, row: Int)] = []
    var bound = time
    func keepOldest() {
      found.sort { ($0.time, $0.row) < ($1.time, $1.row) }
      found.removeLast(max(0, found.count - most))
    }
    for row in 0..<count {
      let newest = lastTime.elements[row]
      guard newest > .min, newest < bound else { continue }
      found.append((newest, row))
      if found.count >= 2 * most + 64 {
        keepOldest()
        // A later row with the time of the last one kept would come behind it.
        bound = found.last?.time ?? bound
      }
    }
    keepOldest()
    return found.map(\.row)
  }

  /// Counts series that were forgotten: because they have expired, or to make room for others.
  package mutating func countForgotten(expired: Int, displaced: Int) {
    counts.expired += expired
    counts.displaced += displaced
  }
}
