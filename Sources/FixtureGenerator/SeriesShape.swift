/// The shape of a generated series without anomalies.
package enum SeriesShape: String, CaseIterable, Sendable {
  case dailySeason = "daily_season"
  case weeklyHeavyTail = "weekly_heavy_tail"
  case counterResets = "counter_resets"
  case drift
  case regimes
  case zeroInflated = "zero_inflated"
  case binary
  case constant
  case huge
  case tiny
  case gaps
  case latency

  package var summary: String {
    switch self {
    case .dailySeason: "percentage with a daily season and normal noise, within 0 to 100"
    case .weeklyHeavyTail:
      "daily season, weaker at weekends, with Student-t noise whose outliers are normal"
    case .counterResets: "counter whose rate has a daily season; it restarts from zero a few times"
    case .drift: "daily season on a straight slope"
    case .regimes: "level that changes for good a few times, normal noise"
    case .zeroInflated: "counts, mostly zero, more by day"
    case .binary: "1, and 0 in two scheduled hours a day"
    case .constant: "always the same"
    case .huge: "around 1e15, daily season, normal noise"
    case .tiny: "around 1e-12, daily season, normal noise"
    case .gaps: "daily season with autoregressive noise; values are missing here and there"
    case .latency: "product of a daily season and skewed noise"
    }
  }

  /// The lengths after which the pattern comes again.
  package var seasons: String {
    switch self {
    case .weeklyHeavyTail: "1 day, 1 week"
    case .regimes, .constant: "none"
    default: "1 day"
    }
  }

  package var isInteger: Bool {
    switch self {
    case .counterResets, .zeroInflated, .binary: true
    default: false
    }
  }

  /// The anomalies that can be told from the shape's own behaviour, in the order they are dealt.
  package var anomalyKinds: [AnomalyKind] {
    switch self {
    case .dailySeason: [.spike, .flatLine, .levelShift, .varianceBurst, .silence, .dip]
    case .weeklyHeavyTail: [.levelShift, .silence, .spike, .dip]
    case .counterResets: [.dip, .spike, .flatLine, .silence]
    case .drift: [.varianceBurst, .dip, .spike, .levelShift]
    case .regimes: [.spike, .varianceBurst, .dip]
    case .zeroInflated: [.spike, .silence]
    case .binary: [.dip, .silence]
    case .constant: [.levelShift, .spike, .silence, .dip]
    case .huge: [.flatLine, .dip, .varianceBurst, .spike]
    case .tiny: [.spike, .levelShift, .flatLine, .dip]
    case .gaps: [.dip, .silence, .spike, .levelShift]
    case .latency: [.varianceBurst, .spike, .levelShift, .flatLine]
    }
  }
}
