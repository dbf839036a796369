/// What speaks for an anomaly. docs/anomalies.md says what each kind finds.
package enum Evidence: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// The forecast's error, in the usual size of the series' errors.
  case error
  /// The last errors, smoothed with their signs.
  case bias
  /// The distance from the running median, in mean deviations.
  case level
  /// The change from the value before, in the usual size of changes.
  case change
  /// A value outside of everything seen.
  case range
  /// The forecast's error in the width of its own interval.
  case interval
  /// The size of the last errors against that of the errors of long.
  case variance
  /// The last values against those of one season before.
  case season
  /// The mean of the last values against the running median.
  case shift
  /// A value that repeats longer than the series' values do.
  case flat
  /// Buckets without a point.
  case silent
  /// More, or fewer, points in a bucket than the series has.
  case points
  /// A counter that is reset more often than it is.
  case resets
  /// The last errors of forecasts that were made long before, smoothed with their signs.
  case ahead

  package var name: String {
    switch self {
    case .error: "error"
    case .bias: "bias"
    case .level: "level"
    case .change: "change"
    case .range: "range"
    case .interval: "interval"
    case .variance: "variance"
    case .season: "season"
    case .shift: "shift"
    case .flat: "flat"
    case .silent: "silent"
    case .points: "points"
    case .resets: "resets"
    case .ahead: "ahead"
    }
  }

  /// Whether the evidence is about a single value, which then teaches nobody.
  var isOfOneStep: Bool {
    switch self {
    case .error, .bias, .level, .change, .range, .interval: true
    case .ahead, .variance, .season, .shift, .flat, .silent, .points, .resets: false
    }
  }

  /// Whether the evidence is no deviation to one side.
  var isWithoutSide: Bool {
    switch self {
    case .variance, .flat, .silent, .points, .resets: true
    case .error, .bias, .level, .change, .range, .interval, .season, .shift, .ahead: false
    }
  }

  /// The shares of the budget of false alarms. Joined evidence has one of its own. They add up to more
  /// than 1, because several kinds of evidence find the same incidents.
  var budgetShare: Double {
    switch self {
    case .error, .bias, .level, .change, .range: 0.7
    case .interval: 0.3
    case .variance, .season, .shift, .ahead: 0.1
    case .flat, .points, .resets: 0.05
    case .silent: 1
    }
  }
}
