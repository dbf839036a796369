import Synchronization

/// The metrics of a process: registered while it starts, written by the workers without a lock, read
/// at each scrape.
///
/// Families appear in the order of their first registration. Registering one name twice joins the
/// families, as for one counter per worker; help and kind must then agree.
package final class MetricsRegistry: Sendable {
  private let families = Mutex<[Registration]>([])

  package init() {}

  package func counter(_ name: String, _ help: String, labels: [Label] = []) -> Counter {
    let counter = Counter()
    register(name, help, .counter, labels: labels) { .count(counter.value) }
    return counter
  }

  /// One counter per value of a label whose values are all known, such as the reasons of drops: every
  /// value is exposed from the start with 0, so that rates and alerts work at the first drop.
  package func counters(
    _ name: String, _ help: String, label: String, values: [String], labels: [Label] = []
  ) -> CounterFamily {
    CounterFamily(
      values: values,
      counters: values.map { counter(name, help, labels: labels + [Label(label, $0)]) })
  }

  package func gauge(_ name: String, _ help: String, labels: [Label] = []) -> Gauge {
    let gauge = Gauge()
    register(name, help, .gauge, labels: labels) { .number(gauge.value) }
    return gauge
  }

  /// A gauge computed when it is read; `read` runs on the scraper's thread.
  package func gauge(
    _ name: String, _ help: String, labels: [Label] = [], read: @escaping @Sendable () -> Double
  ) {
    register(name, help, .gauge, labels: labels) { .number(read()) }
  }

  /// Gauges whose label values come and go, such as the lag of the partitions a process is assigned.
  ///
  /// - `seriesMaximum`: label sets beyond it are not taken up, whatever the cluster looks like.
  package func gauges(
    _ name: String, _ help: String, labelNames: [String], seriesMaximum: Int = 1_000
  ) -> GaugeFamily {
    let family = GaugeFamily(labelNames: labelNames, seriesMaximum: seriesMaximum)
    register(
      Registration(name: name, help: help, kind: .gauge, labels: nil) { family.samples })
    return family
  }

  package func histogram(
    _ name: String, _ help: String, exponents: ClosedRange<Int>, labels: [Label] = []
  ) -> Histogram {
    let histogram = Histogram(exponents: exponents)
    register(name, help, .histogram, labels: labels) { .histogram(histogram.snapshot) }
    return histogram
  }

  /// What a scrape sees now.
  package func snapshot() -> [MetricFamily] {
    // Copied out first: the closures may take other locks and must not run under this one.
    let registrations = families.withLock { $0 }
    var order: [String] = []
    var byName: [String: [Registration]] = [:]
    for registration in registrations {
      if byName[registration.name] == nil { order.append(registration.name) }
      byName[registration.name, default: []].append(registration)
    }
    return order.compactMap { name in
      guard let members = byName[name], let first = members.first else { return nil }
      return MetricFamily(
        name: name, help: first.help, kind: first.kind, samples: members.flatMap { $0.samples() })
    }
  }

  private func register(
    _ name: String, _ help: String, _ kind: MetricFamily.Kind, labels: [Label],
    value: @escaping @Sendable () -> Sample.Value
  ) {
    register(
      Registration(name: name, help: help, kind: kind, labels: Set(labels)) {
        [Sample(labels: labels, value())]
      })
  }

  private func register(_ new: Registration) {
    families.withLock { families in
      for known in families where known.name == new.name {
        precondition(
          known.kind == new.kind && known.help == new.help,
          "\(new.name) is registered with another kind or help")
        // Labels that are nil come and go: nothing may share such a name.
        precondition(
          known.labels != nil && new.labels != nil && known.labels != new.labels,
          "\(new.name) is registered twice with the same labels")
      }
      families.append(new)
    }
  }
}

private struct Registration: Sendable {
  let name: String
  let help: String
  let kind: MetricFamily.Kind
  let labels: Set<Label>?
  let samples: @Sendable () -> [Sample]
}

/// The counters of one label whose values are fixed at registration.
package struct CounterFamily: Sendable {
  private let counters: [Counter]
  private let indexes: [String: Int]

  fileprivate init(values: [String], counters: [Counter]) {
    self.counters = counters
    indexes = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
  }

  /// The counter of the value with this position in the registered values; for hot paths.
  package subscript(index: Int) -> Counter { counters[index] }

  /// - Precondition: `value` was registered.
  package subscript(value: String) -> Counter {
    guard let index = indexes[value] else {
      preconditionFailure("the label value \(value) was not registered")
    }
    return counters[index]
  }
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
