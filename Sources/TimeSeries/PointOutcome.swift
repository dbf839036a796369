/// What became of a point; every point has exactly one outcome and is counted under it.
package enum PointOutcome: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// Newer than every reading of its series so far, and in its bucket.
  case accepted
  /// Older than a reading of its series, but its bucket was open: in its bucket.
  case outOfOrder
  /// Same time as the newest reading of its bucket, other value: takes that reading's place.
  case revised
  /// Same time and value as the newest reading of its bucket (or, where buckets close on arrival,
  /// a further point in the bucket): ignored.
  case duplicate
  /// Its bucket is closed: not used.
  case late
  /// Too far ahead of the broker's append time: not used, and the watermark does not follow it.
  case future

  /// Whether the bucket's value changed.
  package var isUsed: Bool {
    switch self {
    case .accepted, .outOfOrder, .revised: true
    case .duplicate, .late, .future: false
    }
  }

  /// Why the point goes to the dead letters, where it does.
  package var dropReason: DropReason? {
    switch self {
    case .late: .late
    case .future: .future
    case .accepted, .outOfOrder, .revised, .duplicate: nil
    }
  }
}

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
}
