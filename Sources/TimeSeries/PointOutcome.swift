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
  /// Too far ahead of its record's time: not used, and the watermark does not follow it.
  case future

  /// The outcome as it stands in metric labels.
  package var name: String {
    switch self {
    case .accepted: "accepted"
    case .outOfOrder: "out_of_order"
    case .revised: "revised"
    case .duplicate: "duplicate"
    case .late: "late"
    case .future: "future"
    }
  }

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
