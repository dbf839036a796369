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

/// Writes the anomaly records of one stream.
package struct AnomalyEncoder: Sendable {
  private let stream: [UInt8]

  package init(stream: String) {
    var text = JSONText()
    text.append(#","stream":"#)
    text.appendString(stream.utf8)
    self.stream = text.bytes
  }

  /// Appends one record. Expected values are rounded to a hundredth of their interval, observed values
  /// are not rounded.
  package func encode(
    prefix: SeriesPrefix, _ anomaly: AnomalyRecord, into bytes: inout [UInt8]
  ) {
    let format = DecimalFormat(
      spread: anomaly.interval.map { $0.high - $0.low } ?? 0, magnitude: anomaly.expected ?? 0)
    var text = JSONText()
    text.append(#","time":"#)
    text.append(anomaly.time)
    text.append(#","kind":"#)
    text.appendString(anomaly.kind.rawValue.utf8)
    text.append(#","severity":"#)
    text.appendString(anomaly.severity.rawValue.utf8)
    text.append(#","direction":"#)
    if let direction = anomaly.direction {
      text.appendString(direction.rawValue.utf8)
    } else {
      text.append("null")
    }
    text.append(#","observed":"#)
    text.append(anomaly.observed)
    text.append(#","expected":"#)
    text.append(anomaly.expected ?? .nan, format: format)
    text.append(#","interval":"#)
    if let interval = anomaly.interval {
      text.append("[")
      text.append(interval.low, format: format)
      text.append(",")
      text.append(interval.high, format: format)
      text.append("]")
    } else {
      text.append("null")
    }
    text.append(#","score":"#)
    // To a hundredth, being a logarithm.
    text.append(anomaly.score, format: DecimalFormat(spread: 1, magnitude: 0))
    text.append(#","model":"#)
    text.append(Int64(anomaly.modelVersion))
    text.append("}")
    bytes.append(contentsOf: prefix.bytes)
    bytes.append(contentsOf: stream)
    bytes.append(contentsOf: text.bytes)
  }
}
