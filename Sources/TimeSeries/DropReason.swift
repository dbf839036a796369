/// Why a message or a point was not used: the bounded set of reasons that counters and dead letters
/// have.
package enum DropReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// The bytes are not what the input's format prescribes.
  case malformed
  /// The message is well-formed, but lacks what a metric needs: a series name or a numeric value.
  case notAMetric
  /// The value is NaN, infinite, or beyond the range of a Float64.
  case notFinite
  /// The format or the configuration demands a timestamp, and the message has none.
  case noTimestamp
  /// The bucket of the point was already closed.
  case late
  /// The event time is ahead of the record time by more than the tolerance.
  case future
  /// The series is new, and the configured limit of series is reached.
  case seriesLimit
  /// No configured stream matches the series.
  case unmatched
  /// A message exceeds the bound on its bytes, points or labels, or a series key exceeds its own.
  case oversized
  /// The record is not an input, but one that the daemon made, and its topic does not take it.
  case refused
  /// The message has brought its worker down, again and again.
  case quarantined

  /// The reason as metric labels and dead-letter headers name it.
  package var name: String {
    switch self {
    case .malformed: "malformed"
    case .notAMetric: "not_a_metric"
    case .notFinite: "not_finite"
    case .noTimestamp: "no_timestamp"
    case .late: "late"
    case .future: "future"
    case .seriesLimit: "series_limit"
    case .unmatched: "unmatched"
    case .oversized: "oversized"
    case .refused: "refused"
    case .quarantined: "quarantined"
    }
  }
}
