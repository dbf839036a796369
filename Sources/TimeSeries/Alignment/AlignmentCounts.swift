/// Counts of points, steps and events of one alignment table since the process started. An abort
/// restores the committed counts.
package struct AlignmentCounts: Sendable, Equatable {
  package var accepted = 0
  package var outOfOrder = 0
  package var revised = 0
  package var duplicate = 0
  package var late = 0
  package var future = 0
  /// Steps with a value.
  package var steps = 0
  /// Masked steps of buckets without a point.
  package var gaps = 0
  /// Masked steps of buckets whose points give no value.
  package var valueless = 0
  /// Series that became dormant.
  package var dormant = 0
  /// Dormant series that had a value again.
  package var restarts = 0
  /// Decreases of a counter that were taken for a restart of the counter.
  package var resets = 0
  /// Decreases of a counter that were taken for a wrap at 32 or 64 bits.
  package var wraps = 0
  /// Series that were forgotten because they had been silent for too long.
  package var expired = 0
  /// Series that were forgotten to make room for others.
  package var displaced = 0

  package init() {}

  /// The kinds of steps as metric labels name them.
  package static let stepKinds = ["value", "gap", "valueless"]
  /// The events of series and their counters as metric labels name them.
  package static let seriesEvents = [
    "dormant", "restart", "counter_reset", "counter_wrap", "expired", "displaced",
  ]

  /// In the order of `stepKinds`.
  package var stepsByKind: [Int] { [steps, gaps, valueless] }
  /// In the order of `seriesEvents`.
  package var eventCounts: [Int] { [dormant, restarts, resets, wraps, expired, displaced] }

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

  /// The counts since an earlier state of the same counts.
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
    difference.expired -= right.expired
    difference.displaced -= right.displaced
    return difference
  }
}
