package import TimeSeries

/// An anomaly in one bucket of a series; its fields are specified in docs/records.md.
package struct AnomalyRecord: Sendable, Equatable {
  package enum Severity: String, Sendable, CaseIterable {
    case warning
    case critical
  }

  package enum Kind: String, Sendable, CaseIterable {
    /// One bucket far outside of its forecast.
    case point
    /// Several buckets in a row that are improbable together.
    case sustained
    /// Buckets without any point.
    case silent
  }

  package enum Direction: String, Sendable, CaseIterable {
    case above
    case below
  }

  package struct Interval: Sendable, Equatable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
      self.low = low
      self.high = high
    }
  }

  /// End of the bucket.
  package var time: Milliseconds
  package var kind: Kind
  package var severity: Severity
  /// Nil for silence.
  package var direction: Direction?
  /// Nil for silence.
  package var observed: Double?
  /// The forecast's median.
  package var expected: Double?
  /// The interval of values that the forecast did not leave as improbable.
  package var interval: Interval?
  /// Minus the decimal logarithm of the probability of such a deviation.
  package var score: Double
  package var modelVersion: Int

  package init(
    time: Milliseconds, kind: Kind, severity: Severity, direction: Direction? = nil,
    observed: Double? = nil, expected: Double? = nil, interval: Interval? = nil, score: Double,
    modelVersion: Int
  ) {
    self.time = time
    self.kind = kind
    self.severity = severity
    self.direction = direction
    self.observed = observed
    self.expected = expected
    self.interval = interval
    self.score = score
    self.modelVersion = modelVersion
  }
}
