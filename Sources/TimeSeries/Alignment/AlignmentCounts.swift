/// What happened in one alignment table since the process started; an abort takes it back.
package struct AlignmentCounts: Sendable, Equatable {
  package var accepted = 0
  package var outOfOrder = 0
  package var revised = 0
  package var duplicate = 0
  package var late = 0
  package var future = 0
  /// Steps with a value.
  package var steps = 0
  /// Masked steps for buckets without a reading.
  package var gaps = 0
  /// Masked steps for buckets whose readings give no value.
  package var valueless = 0
  /// Series that became dormant.
  package var dormant = 0
  /// Series that came back from dormancy.
  package var restarts = 0
  /// Counters that went back to a smaller reading.
  package var resets = 0
  /// Decreases of a counter that were taken for a wrap at 32 or 64 bits.
  package var wraps = 0

  package init() {}

  mutating func add(_ outcome: PointOutcome) {
    switch outcome {
    case .accepted: accepted += 1
    case .outOfOrder: outOfOrder += 1
    case .revised: revised += 1
    case .duplicate: duplicate += 1
    case .late: late += 1
    case .future: future += 1
    }
  }

  package func count(of outcome: PointOutcome) -> Int {
    switch outcome {
    case .accepted: accepted
    case .outOfOrder: outOfOrder
    case .revised: revised
    case .duplicate: duplicate
    case .late: late
    case .future: future
    }
  }

  /// What has come since an earlier state of the same counts.
  package static func - (left: AlignmentCounts, right: AlignmentCounts) -> AlignmentCounts {
    var difference = left
    difference.accepted -= right.accepted
    difference.outOfOrder -= right.outOfOrder
    difference.revised -= right.revised
    difference.duplicate -= right.duplicate
    difference.late -= right.late
    difference.future -= right.future
    difference.steps -= right.steps
    difference.gaps -= right.gaps
    difference.valueless -= right.valueless
    difference.dormant -= right.dormant
    difference.restarts -= right.restarts
    difference.resets -= right.resets
    difference.wraps -= right.wraps
    return difference
  }
}
