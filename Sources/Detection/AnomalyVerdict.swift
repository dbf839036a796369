/// The decision of the detector on one step.
package struct AnomalyVerdict: Sendable, BitwiseCopyable, Equatable {
  package enum Kind: UInt8, Sendable, BitwiseCopyable {
    case none
    /// The step alone is improbable.
    case point
    /// The last few steps, all on one side of their forecasts, are improbable together.
    case sustained
    /// The series has been missing for the configured number of steps.
    case silent

    package var name: String {
      switch self {
      case .none: "none"
      case .point: "point"
      case .sustained: "sustained"
      case .silent: "silent"
      }
    }
  }

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

    package var name: String {
      switch self {
      case .none: "none"
      case .above: "up"
      case .below: "down"
      }
    }
  }

  package var kind = Kind.none
  package var severity = Severity.none
  /// The side of the median on which the value is.
  package var side = Side.none
  /// Whether the step was scored: there was a forecast for it, and enough errors of the series are
  /// known.
  package var isScored = false
  /// Whether a record is due: at the first step of an excursion, at its rise to critical, for a
  /// reminder, or when the series becomes silent.
  package var isReported = false
  /// Whether the value must not become training data.
  package var isExcludedFromTraining = false
  /// Number of anomalous steps that this step ends by a return: they are a spike, which no season
  /// repeats. Otherwise zero.
  package var excursionSteps = 0
  /// −log10 of the probability of a step at least as improbable as this one, from 0 to
  /// `AnomalyTable.scoreMaximum`.
  package var score = 0.0
  /// Median of the forecast for the step; `low` and `high` are the ends of its interval. All are
  /// NaN if there was no forecast.
  package var expected = Double.nan
  package var low = Double.nan
  package var high = Double.nan

  package init() {}

  package var isAnomalous: Bool { kind != .none }
}
