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

  /// In steps.
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

/// An event of a series that is not an anomaly.
package enum BenignKind: String, CaseIterable, Sendable {
  case counterReset = "counter_reset"
  case levelChange = "level_change"
  case gap

  package var summary: String {
    switch self {
    case .counterReset: "the counter starts again from zero"
    case .levelChange: "the level changes for good"
    case .gap: "a few values are missing, as usual for this series"
    }
  }
}

/// A span of steps of one series.
package struct Occurrence<Kind: Sendable & Equatable>: Sendable, Equatable {
  package let kind: Kind
  package let steps: ClosedRange<Int>
}
