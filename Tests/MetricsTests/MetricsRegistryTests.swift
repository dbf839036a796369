import Metrics
import Testing

@Suite struct MetricsRegistryTests {
  @Test("everything registered is exposed once, in a form a strict reader accepts")
  func expositionIsReadable() throws {
    let registry = MetricsRegistry()
    let points = registry.counter("points_total", "Points taken in.")
    let drops = registry.counters(
      "drops_total", "Points not used.", label: "reason", values: ["late", "nan"])
    let lag = registry.gauge("lag_seconds", "Age of the newest point.")
    let batch = registry.histogram("batch_seconds", "Time of a batch.", exponents: -3...1)
    points.add(3)
    points.add()
    drops[1].add(7)
    drops[0].add(2)
    lag.set(1.25)
    lag.add(-0.5)
    for value in [0.1, 0.5, 0.6, 3.0] { batch.observe(value) }

    let read = try Exposition(PrometheusText.render(registry.snapshot()))
    #expect(
      read.kinds == [
        "points_total": "counter", "drops_total": "counter", "lag_seconds": "gauge",
        "batch_seconds": "histogram",
      ])
    #expect(read.helps["drops_total"] == "Points not used.")
    #expect(read.value("points_total") == 4)
    #expect(read.value("drops_total", ["reason": "late"]) == 2)
    #expect(read.value("drops_total", ["reason": "nan"]) == 7)
    #expect(read.value("lag_seconds") == 0.75)
    #expect(read.value("batch_seconds_bucket", ["le": "0.125"]) == 1)
    #expect(read.value("batch_seconds_bucket", ["le": "0.5"]) == 2)
    #expect(read.value("batch_seconds_bucket", ["le": "1"]) == 3)
    #expect(read.value("batch_seconds_bucket", ["le": "2"]) == 3)
    #expect(read.value("batch_seconds_bucket", ["le": "+Inf"]) == 4)
    #expect(read.value("batch_seconds_count") == 4)
    #expect(read.value("batch_seconds_sum") == 4.2)
  }

  @Test("all values of a label are exposed from the start, in one family")
  func valuesOfALabel() throws {
    let registry = MetricsRegistry()
    let drops = registry.counters("drops_total", "h", label: "reason", values: ["a", "b", "c"])
    drops[1].add(10)
    #expect(registry.snapshot().map(\.name) == ["drops_total"])
    let read = try Exposition(PrometheusText.render(registry.snapshot()))
    #expect(read.samples.map(\.value) == [0, 10, 0])
  }

  @Test("label values and help texts can't break out of their line")
  func escaping() throws {
    let hostile = "a\"b\\c\nd{e}=,# TYPE x gauge"
    let family = MetricFamily(
      name: "x", help: "one\ntwo \\ \"three\"", kind: .gauge,
      samples: [Sample(labels: [Label("topic", hostile)], .number(1))])
    let text = PrometheusText.render([family])
    #expect(text.split(separator: "\n").count == 3)
    let read = try Exposition(text)
    #expect(read.value("x", ["topic": hostile]) == 1)
    #expect(read.helps["x"] == "one\ntwo \\ \"three\"")
  }

  @Test(
    "numbers are written so that they read back the same",
    arguments: [
      0, -0.1, 1e-300, 123_456_789.25, 1e22, .infinity, -.infinity,
      9_007_199_254_740_992, .pi, -17,
    ])
  func numbers(_ value: Double) throws {
    let family = MetricFamily(
      name: "x", help: "h", kind: .gauge, samples: [Sample(.number(value))])
    #expect(try Exposition(PrometheusText.render([family])).value("x") == value)
  }

  @Test("counts beyond 2^53 keep their last digit")
  func largeCounts() {
    let counter = MetricsRegistry().counter("x_total", "h")
    counter.add(9_007_199_254_740_993)
    #expect(counter.value == 9_007_199_254_740_993)
    let family = MetricFamily(
      name: "x_total", help: "h", kind: .counter, samples: [Sample(.count(counter.value))])
    #expect(PrometheusText.render([family]).hasSuffix("x_total 9007199254740993\n"))
  }

  @Test("each value falls into the first bucket whose bound is not below it")
  func buckets() {
    let exponents = -4...4
    let bounds = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
    var values: [Double] = [-1, 0, .leastNonzeroMagnitude, 1e300, .infinity]
    for bound in bounds { values += [bound.nextDown, bound, bound.nextUp] }
    for value in values {
      let histogram = Histogram(exponents: exponents)
      histogram.observe(value)
      let expected = bounds.map { UInt64(value <= $0 ? 1 : 0) } + [1]
      #expect(histogram.snapshot.cumulativeCounts == expected, "value \(value)")
      #expect(histogram.snapshot.upperBounds == bounds)
    }
  }

  @Test("NaN is not counted")
  func notANumber() {
    let histogram = Histogram(exponents: 0...1)
    histogram.observe(.nan)
    histogram.observe(1)
    #expect(histogram.snapshot.cumulativeCounts == [1, 1, 1])
    #expect(histogram.snapshot.sum == 1)
  }

  @Test("nothing is lost when many threads count at once")
  func concurrency() async {
    let registry = MetricsRegistry()
    let counter = registry.counter("x_total", "h")
    let gauge = registry.gauge("g", "h")
    let histogram = registry.histogram("h", "h", exponents: 0...3)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            counter.add()
            gauge.add(1)
            histogram.observe(2)
          }
        }
      }
    }
    #expect(counter.value == 80_000)
    #expect(gauge.value == 80_000)
    #expect(histogram.snapshot.cumulativeCounts == [0, 80_000, 80_000, 80_000, 80_000])
    #expect(histogram.snapshot.sum == 160_000)
  }

  @Test("a family whose labels come and go stays within its bound")
  func boundedFamily() throws {
    let registry = MetricsRegistry()
    let lag = registry.gauges("lag", "h", labelNames: ["topic", "partition"], seriesMaximum: 2)
    #expect(lag.set(5, for: ["a", "1"]))
    #expect(lag.set(6, for: ["a", "0"]))
    #expect(!lag.set(7, for: ["a", "2"]))
    #expect(lag.set(8, for: ["a", "0"]))
    lag.remove(["a", "1"])
    #expect(lag.set(9, for: ["b", "0"]))
    let read = try Exposition(PrometheusText.render(registry.snapshot()))
    #expect(
      read.samples == [
        .init(name: "lag", labels: ["topic": "a", "partition": "0"], value: 8),
        .init(name: "lag", labels: ["topic": "b", "partition": "0"], value: 9),
      ])
  }

  @Test("the strict reader refuses what is not the format")
  func readerIsStrict() {
    let malformed = [
      "x 1",  // no newline at the end
      "x 1\n",  // no TYPE
      "# TYPE x gauge\ny 1\n",  // another family's sample
      "# TYPE x gauge\nx 1\nx 2\n",  // the same sample twice
      "# TYPE x gauge\nx{a=\"\\q\"} 1\n",  // an unknown escape
      "# TYPE x gauge\nx inf\n",  // not how infinity is spelled
      "# TYPE x gauge\n# TYPE x gauge\nx 1\n",
    ]
    for text in malformed {
      #expect(throws: Exposition.Malformed.self, "\(text)") { try Exposition(text) }
    }
  }
}
