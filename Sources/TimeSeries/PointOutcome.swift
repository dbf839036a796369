/// What became of a point. Every point has exactly one outcome and is counted under it.
package enum PointOutcome: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// The point is newer than every earlier point of its series, and is in its bucket.
  case accepted
  /// The point is older than another point of its series, but its bucket was open: it is in its
  /// bucket.
  case outOfOrder
  /// The point has the time of the newest point of its bucket and another value: it replaces that
  /// point.
  case revised
  /// The point has the time and value of the newest point of its bucket, or, if buckets close on
  /// arrival, is a further point of the bucket: it is ignored.
  case duplicate
  /// The bucket of the point is closed: the point is not used.
  case late
  /// The point is too far ahead of its record time: it is not used, and does not move the
  /// watermark.
  case future

  /// The outcome as metric labels name it.
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

  /// Whether the value of the bucket changed.
  package var isUsed: Bool {
    switch self {
    case .accepted, .outOfOrder, .revised: true
    case .duplicate, .late, .future: false
    }
  }

  /// The reason of the dead letter; `nil` for outcomes that make none.
  package var dropReason: DropReason? {
    switch self {
    case .late: .late
    case .future: .future
    case .accepted, .outOfOrder, .revised, .duplicate: nil
    }
  }
}
