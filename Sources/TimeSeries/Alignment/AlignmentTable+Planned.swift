// Series that become dormant within a planned window, in which nobody is told that they are silent.
//
// A dormant series has no steps, so nothing would say after the window that it is silent still.
// Therefore it has one more masked step then, by which the detector finds out.

extension AlignmentTable {
  /// Sets the windows in which silence is not reported.
  ///
  /// - Precondition: nothing has changed since the last commit: an abort does not undo it.
  /// - Complexity: O(rows).
  package mutating func plan(_ quiet: PlannedSteps) {
    self.quiet = quiet.isEmpty ? [] : [quiet]
    followQuiet()
  }

  /// Lets sleeping series sleep to the ends of the windows that there are now.
  mutating func followQuiet() {
    for row in 0..<count where phase[row] == Phase.asleep {
      sleep(row: row, at: lastClosed[row])
      let next = max(closedThrough, lastClosed[row]) + settings.interval
      // Without its window it wakes as soon as time goes on.
      counterTime[row] = phase[row] == Phase.asleep ? max(counterTime[row], next) : next
      phase[row] = Phase.asleep
    }
  }

  /// Lets a dormant series sleep to the end of the window in which the bucket is, if it is in one.
  mutating func sleep(row: Int, at end: Milliseconds) {
    phase[row] = Phase.dormant
    guard !quiet.isEmpty, let planEnd = quiet[0].planEnd(at: end) else { return }
    phase[row] = Phase.asleep
    counterTime[row] =
      AlignmentSettings.floor(planEnd - 1, to: settings.interval) + settings.interval
  }

  /// The window of a sleeping series has ended: its next bucket becomes a masked step, unless it is in
  /// a window again.
  mutating func wake(row: Int, end: Milliseconds, into steps: inout [Step]) {
    lastClosed[row] = end
    sleep(row: row, at: end)
    guard phase[row] == Phase.dormant else { return }
    steps.append(Step(row: Int32(row), time: end, value: .nan, flags: .superseded))
    counts.gaps += 1
  }
}
