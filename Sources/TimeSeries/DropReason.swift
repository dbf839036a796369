/// Why a message or a point was not used; the bounded vocabulary of counters and dead letters.
package enum DropReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// The bytes are not what the input's format prescribes.
  case malformed
  /// Well-formed, but without what a metric needs (no series name, no numeric value).
  case notAMetric
  /// NaN, infinite, or beyond what a Float64 holds.
  case notFinite
  /// The format or the configuration demands a timestamp and there is none.
  case noTimestamp
  /// Its bucket was already closed.
  case late
  /// Ahead of its record's time by more than the tolerance.
  case future
  /// A new series beyond the configured limit.
  case seriesLimit
  /// No configured stream matches the series.
  case unmatched
  /// Beyond a bound: of a message's bytes, points or labels, or of a series key.
  case oversized

  /// The reason as it stands in metric labels and dead-letter headers.
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
    }
  }
}
