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

  /// Appends, for each series with a point, how long after its event time the newest one came.
  ///
  /// - Complexity: O(rows).
  package func appendLags(to lags: inout [Milliseconds]) {
    for row in 0..<count where lastSeen[row] != .min { lags.append(lastSeen[row] - lastTime[row]) }
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
