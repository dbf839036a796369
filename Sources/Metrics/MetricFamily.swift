/// All samples of one metric name, as a scraper sees them.
package struct MetricFamily: Sendable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  package let name: String
  package let help: String
  package let kind: Kind
  package let samples: [Sample]

  /// - Precondition: `name` is a Prometheus metric name; histograms have histogram values and only
  ///   they have; a counter's name ends in `_total`.
  package init(name: String, help: String, kind: Kind, samples: [Sample]) {
    precondition(isMetricName(name), "not a metric name: \(name)")
    precondition(kind != .counter || name.hasSuffix("_total"), "\(name): counters end in _total")
    for sample in samples {
      if case .histogram = sample.value {
        precondition(kind == .histogram, "\(name): a histogram's value in a \(kind.rawValue)")
      } else {
        precondition(kind != .histogram, "\(name): a histogram needs a histogram's value")
      }
    }
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }
}

/// One label set and its value.
package struct Sample: Sendable {
  package enum Value: Sendable {
    /// Exact beyond 2⁵³, where a `Double` would lose single counts.
    case count(UInt64)
    case number(Double)
    case histogram(HistogramSnapshot)
  }

  package let labels: [Label]
  package let value: Value

  package init(labels: [Label] = [], _ value: Value) {
    self.labels = labels
    self.value = value
  }
}

/// A label; its values must come from a bounded set, or the scraper's memory grows without end.
package struct Label: Sendable, Hashable {
  package let name: String
  package let value: String

  /// - Precondition: `name` is a Prometheus label name, not one reserved for its own use.
  package init(_ name: String, _ value: String) {
    precondition(isLabelName(name), "not a label name: \(name)")
    self.name = name
    self.value = value
  }
}

private func isMetricName(_ name: String) -> Bool {
  isName(name, extra: UInt8(ascii: ":"))
}

private func isLabelName(_ name: String) -> Bool {
  isName(name, extra: nil) && !name.hasPrefix("__") && name != "le"
}

private func isName(_ name: String, extra: UInt8?) -> Bool {
  guard let first = name.utf8.first, !isDigit(first) else { return false }
  return name.utf8.allSatisfy { byte in
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == extra
  }
}

private func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
