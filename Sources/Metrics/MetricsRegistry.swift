import Synchronization

/// The metrics of a process: registered while it starts, written by the workers without a lock,
/// read at each scrape. Families appear in the order of their registration.
package final class MetricsRegistry: Sendable {
  private let families = Mutex<[Registration]>([])

  package init() {}

  package func counter(_ name: String, _ help: String) -> Counter {
    let counter = Counter()
    register(name, help, .counter) { [Sample(.count(counter.value))] }
    return counter
  }

  /// One counter per value of a label whose values are all known, such as the reasons of drops:
  /// every value is exposed from the start with 0, so that rates and alerts work at the first drop.
  package func counters(
    _ name: String, _ help: String, label: String, values: [String]
  ) -> CounterFamily {
    precondition(Set(values).count == values.count, "\(name): two counters of the same value")
    let family = CounterFamily(values.map { _ in Counter() })
    register(name, help, .counter) {
      zip(values, family.counters).map { Sample(labels: [Label(label, $0)], .count($1.value)) }
    }
    return family
  }

  package func gauge(_ name: String, _ help: String) -> Gauge {
    let gauge = Gauge()
    register(name, help, .gauge) { [Sample(.number(gauge.value))] }
    return gauge
  }

  /// Gauges whose label values come and go, such as the lag of the partitions a process is
  /// assigned.
  ///
  /// - `seriesMaximum`: label sets beyond it are not taken up, whatever the cluster looks like.
  package func gauges(
    _ name: String, _ help: String, labelNames: [String], seriesMaximum: Int = 1_000
  ) -> GaugeFamily {
    let family = GaugeFamily(labelNames: labelNames, seriesMaximum: seriesMaximum)
    register(name, help, .gauge) { family.samples }
    return family
  }

  package func histogram(
    _ name: String, _ help: String, exponents: ClosedRange<Int>
  ) -> Histogram {
    let histogram = Histogram(exponents: exponents)
    register(name, help, .histogram) { [Sample(.histogram(histogram.snapshot))] }
    return histogram
  }

  /// What a scrape sees now.
  package func snapshot() -> [MetricFamily] {
    // Copied out first: the closures may take other locks and must not run under this one.
    families.withLock { $0 }.map { family in
      MetricFamily(
        name: family.name, help: family.help, kind: family.kind, samples: family.samples())
    }
  }

  private func register(
    _ name: String, _ help: String, _ kind: MetricFamily.Kind,
    samples: @escaping @Sendable () -> [Sample]
  ) {
    families.withLock { families in
      precondition(!families.contains { $0.name == name }, "\(name) is registered twice")
      families.append(Registration(name: name, help: help, kind: kind, samples: samples))
    }
  }
}

private struct Registration: Sendable {
  let name: String
  let help: String
  let kind: MetricFamily.Kind
  let samples: @Sendable () -> [Sample]
}

/// The counters of one label whose values are fixed at registration.
package struct CounterFamily: Sendable {
  fileprivate let counters: [Counter]

  fileprivate init(_ counters: [Counter]) { self.counters = counters }

  package var count: Int { counters.count }

  /// The counter of the value with this position among the registered ones.
  package subscript(index: Int) -> Counter { counters[index] }
}

/// Gauges whose label values come and go, at most a fixed number at once.
///
/// It takes a lock, so it is for what changes once a second or less, not for the path of a point.
package final class GaugeFamily: Sendable {
  private let labelNames: [String]
  private let seriesMaximum: Int
  private let gauges = Mutex<[[String]: Double]>([:])

  fileprivate init(labelNames: [String], seriesMaximum: Int) {
    self.labelNames = labelNames
    self.seriesMaximum = seriesMaximum
  }

  /// Sets the gauge of these label values; false where the family is full and the values are new.
  ///
  /// - Precondition: as many values as label names.
  @discardableResult
  package func set(_ value: Double, for labelValues: [String]) -> Bool {
    precondition(labelValues.count == labelNames.count, "one value for each of \(labelNames)")
    return gauges.withLock { gauges in
      guard gauges.count < seriesMaximum || gauges[labelValues] != nil else { return false }
      gauges[labelValues] = value
      return true
    }
  }

  /// Ends the exposition of these label values, as when a partition goes to another process.
  package func remove(_ labelValues: [String]) {
    gauges.withLock { gauges in
      gauges[labelValues] = nil
    }
  }

  fileprivate var samples: [Sample] {
    gauges.withLock { $0 }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { values, number in
        Sample(labels: zip(labelNames, values).map { Label($0, $1) }, .number(number))
      }
  }
}
