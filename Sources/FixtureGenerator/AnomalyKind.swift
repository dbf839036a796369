/// A labelled deviation from a series' own behaviour.
package enum AnomalyKind: String, CaseIterable, Sendable {
  case spike
  case dip
  case levelShift = "level_shift"
  case flatLine = "flat_line"
  case varianceBurst = "variance_burst"
  case silence

  package var summary: String {
    switch self {
    case .spike: "values far above what the shape allows"
    case .dip: "values far below what the shape allows; in a binary series 0 where 1 is due"
    case .levelShift: "another level, and back at its end"
    case .flatLine: "the value before it, again and again; a counter stands still"
    case .varianceBurst: "noise of six times the usual size"
    case .silence: "no values"
    }
  }

  /// Lengths in steps.
  var durations: ClosedRange<Int> {
    switch self {
    case .spike, .dip: 1...3
    case .levelShift: 24...72
    case .flatLine: 12...48
    case .varianceBurst: 24...48
    case .silence: 12...36
    }
  }
}
