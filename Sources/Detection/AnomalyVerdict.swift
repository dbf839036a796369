package import TimeSeries

/// The decision of the detector on one step.
package struct AnomalyVerdict: Sendable {
  package enum Severity: UInt8, Sendable, BitwiseCopyable, Comparable {
    case none, warning, critical

    package var name: String {
      switch self {
      case .none: "none"
      case .warning: "warning"
      case .critical: "critical"
      }
    }

    package static func < (left: Severity, right: Severity) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  package enum Side: UInt8, Sendable, BitwiseCopyable {
    case none, above, below
  }

  /// What happens to the incident of a series.
  package enum Event: UInt8, Sendable, BitwiseCopyable {
    case open
    /// The severity rises, or the series falls silent within an incident.
    case update
    case close
  }

  /// How an incident ends.
  package enum Ending: UInt8, Sendable, BitwiseCopyable {
    case ended
    /// What was unusual has become the new level.
    case levelShift
    /// Points come again.
    case returned
    /// A planned window begins.
    case maintenance
  }

  /// What happens to the incident at this step; a record is due then.
  package var event: Event?
  package var ending: Ending?
  /// End of the bucket with which the incident opened.
  package var openedAt: Milliseconds?
  /// The strongest evidence.
  package var evidence: Evidence?
  /// Of the incident so far.
  package var severity = Severity.none
  /// Whether the step is rarer than the budget allows.
  package var isAnomalous = false
  /// Whether an incident would have opened, had no window been planned.
  package var isSuppressed = false
  /// The side of the expected value on which the value is.
  package var side = Side.none
  /// Whether the value must not become training data.
  package var isExcludedFromTraining = false
  /// Number of anomalous steps that this step ends by a return: they are a spike, which no season
  /// repeats. Otherwise zero.
  package var excursionSteps = 0
  /// 0.5 for what a series has once a week, towards 1 the rarer it is, towards 0 the more usual; lowered
  /// after the opening of an incident (docs/anomalies.md).
  package var score = 0.0
  /// Incidents in a week that are at least as strong, by the past of the series; infinite where nothing
  /// is known.
  package var incidentsPerWeek = Double.infinity
  /// The deviation from the expected value, in the usual size of the series' errors.
  package var deviation = 0.0
  /// How much each kind of evidence says, for a record: −ln of the number of incidents in
  /// a week.
  package var strengths: [(evidence: Evidence, strength: Double)] = []
  /// The value one season before; NaN if unknown.
  package var lag = Double.nan
  /// Median of the forecast for the step; `low` and `high` are the ends of its interval. All are
  /// NaN if there was no forecast.
  package var expected = Double.nan
  package var low = Double.nan
  package var high = Double.nan

  package init() {}

  /// Whether an incident opens with this step.
  package var isOpening: Bool { event == .open }
  /// Whether a record is due.
  package var isReported: Bool { event != nil }
}
