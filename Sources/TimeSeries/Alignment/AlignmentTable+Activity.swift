// Who is active, and how far the active series are: what the pipeline's clock asks.

extension AlignmentTable {
  /// The numbers of series that were seen at `since` or later, and of those among them whose newest
  /// point has reached `time`.
  ///
  /// - Complexity: O(rows).
  package func countActive(
    since: Milliseconds, reaching time: Milliseconds
  ) -> (active: Int, reached: Int) {
    var (active, reached) = (0, 0)
    for row in 0..<count where lastSeen[row] >= since && lastSeen[row] != .min {
      active += 1
      if lastTime[row] >= time { reached += 1 }
    }
    return (active, reached)
  }

  /// The numbers of series with a point, and of those among them whose newest point came within this
  /// time after its event time.
  ///
  /// - Complexity: O(rows).
  package func countSeen(within tolerance: Milliseconds) -> (seen: Int, within: Int) {
    var (seen, within) = (0, 0)
    for row in 0..<count where lastSeen[row] != .min {
      seen += 1
      if lastSeen[row] - lastTime[row] < tolerance { within += 1 }
    }
    return (seen, within)
  }

  /// Appends the newest event times of the series that were seen at `since` or later.
  ///
  /// - Complexity: O(rows).
  package func appendNewestTimes(ofActiveSince since: Milliseconds, to times: inout [Milliseconds])
  {
    for row in 0..<count where lastSeen[row] >= since && lastSeen[row] != .min {
      times.append(lastTime[row])
    }
  }
}
