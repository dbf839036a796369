/// What the detector says of one step.
package struct AnomalyVerdict: Sendable, BitwiseCopyable, Equatable {
  package enum Kind: UInt8, Sendable, BitwiseCopyable {
    case none
    /// The step by itself is improbable.
    case point
    /// The last few steps together are, all on one side of their forecasts.
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
  /// Which side of the median the value is on.
  package var side = Side.none
  /// Whether there was a forecast for the step and the series' errors are known well enough.
  package var isScored = false
  /// Whether a record is due: an excursion's first step, its rise to critical, or its reminder.
  package var isReported = false
  /// Whether the value is to be kept out of the training data.
  package var isExcludedFromTraining = false
  /// Anomalous steps right before this one, where it ended them by coming back: a spike, which no
  /// season repeats.
  package var excursionSteps = 0
  /// −log10 of the probability of a step as improbable as this one, 0 to
  /// `AnomalyTable.scoreMaximum`.
  package var score = 0.0
  /// The forecast that was made for the step; not a number where there was none.
  package var expected = Double.nan
  package var low = Double.nan
  package var high = Double.nan

  package init() {}

  package var isAnomalous: Bool { kind != .none }
}
