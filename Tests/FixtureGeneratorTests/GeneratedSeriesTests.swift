import FixtureGenerator
import Testing

@Suite("Generated series")
struct GeneratedSeriesTests {
  private let specification: FixtureSpecification
  /// Two of every shape.
  private let fixture: GeneratedFixture
  private let day = 288

  init() throws {
    specification = try FixtureSpecification(seed: 7, series: 24, steps: 4032)
    fixture = GeneratedFixture(specification)
  }

  private func both(_ shape: SeriesShape) -> [GeneratedSeries] {
    fixture.series.filter { $0.shape == shape }
  }

  /// The steps with a value and without an anomaly.
  private func undisturbed(_ series: GeneratedSeries) -> [(step: Int, value: Double)] {
    series.values.enumerated().compactMap { step, value in
      guard let value, !series.anomalies.contains(where: { $0.steps.contains(step) }) else {
        return nil
      }
      return (step, value)
    }
  }

  private func correlation(_ series: GeneratedSeries, lag: Int) -> Double {
    let values = Dictionary(
      uniqueKeysWithValues: undisturbed(series).map { ($0.step, $0.value) })
    let mean = values.values.reduce(0, +) / Double(values.count)
    var covariance = 0.0
    var variance = 0.0
    for (step, value) in values {
      guard let other = values[step + lag] else { continue }
      covariance += (value - mean) * (other - mean)
      variance += (value - mean) * (value - mean)
    }
    return covariance / variance
  }

  @Test(
    "a daily season shows as a correlation a day apart that half a day apart is absent",
    arguments: [SeriesShape.dailySeason, .weeklyHeavyTail, .huge, .tiny, .gaps, .latency])
  func dailySeason(shape: SeriesShape) {
    for series in both(shape) {
      #expect(correlation(series, lag: day) > 0.5)
      #expect(correlation(series, lag: day / 2) < 0.1)
    }
  }

  @Test("weekends are weaker than working days")
  func weekends() {
    for series in both(.weeklyHeavyTail) {
      func spread(_ days: Set<Int>) -> Double {
        let values = undisturbed(series).filter { days.contains($0.step / day % 7) }.map(\.value)
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + abs($1 - mean) } / Double(values.count)
      }
      // The start is a Monday.
      #expect(spread([5, 6]) < 0.6 * spread([0, 1, 2, 3, 4]))
    }
  }

  @Test("counters only grow, but for their labelled resets to zero")
  func counters() {
    for series in both(.counterResets) {
      let resets = Set(
        series.benign.filter { $0.kind == .counterReset }.map(\.steps.lowerBound))
      #expect(resets.count == 3)
      var previous = 0.0
      for (step, value) in series.values.enumerated() {
        guard let value else { continue }
        if resets.contains(step) { #expect(value == 0) } else { #expect(value >= previous) }
        #expect(value == value.rounded())
        previous = value
      }
    }
  }

  @Test("a drift goes further than its noise and season")
  func drift() {
    for series in both(.drift) {
      let values = undisturbed(series).map(\.value)
      let first = values.prefix(day).reduce(0, +) / Double(day)
      let last = values.suffix(day).reduce(0, +) / Double(day)
      #expect(last - first > 15)
    }
  }

  @Test("levels change for good at the labelled steps")
  func regimes() throws {
    for series in both(.regimes) {
      let changes = series.benign.filter { $0.kind == .levelChange }.map(\.steps.lowerBound)
      #expect(changes.count == 3)
      for change in changes {
        let values = undisturbed(series)
        let before = values.filter { $0.step < change }.suffix(20).map(\.value)
        let after = values.filter { $0.step >= change }.prefix(20).map(\.value)
        let jump = after.reduce(0, +) / 20 - before.reduce(0, +) / 20
        #expect(abs(jump) > 25)
      }
    }
  }

  @Test("zero-inflated, binary, constant, huge and tiny series are what they say")
  func awkwardShapes() {
    for series in both(.zeroInflated) {
      let values = undisturbed(series).map(\.value)
      #expect(Double(values.count { $0 == 0 }) > 0.75 * Double(values.count))
      #expect(values.contains { $0 > 2 })
      #expect(values.allSatisfy { $0 == $0.rounded() && $0 >= 0 })
    }
    for series in both(.binary) {
      let values = undisturbed(series).map(\.value)
      #expect(values.count { $0 == 0 } + values.count { $0 == 1 } == values.count)
      // Two hours of a day.
      #expect((22...26).contains(values.prefix(day).count { $0 == 0 }))
    }
    for series in both(.constant) {
      #expect(Set(undisturbed(series).map(\.value)) == [64])
    }
    for series in both(.huge) {
      #expect(undisturbed(series).allSatisfy { (7e14...1.3e15).contains($0.value) })
    }
    for series in both(.tiny) {
      #expect(undisturbed(series).allSatisfy { (0.5e-12...3.5e-12).contains($0.value) })
    }
    for series in both(.dailySeason) {
      #expect(series.values.allSatisfy { $0.map { (0...100).contains($0) } ?? true })
    }
  }

  @Test("a value is missing exactly where a silence or a gap says so")
  func missingValues() {
    for series in fixture.series {
      var missing: Set<Int> = []
      for anomaly in series.anomalies where anomaly.kind == .silence {
        missing.formUnion(anomaly.steps)
      }
      for gap in series.benign where gap.kind == .gap { missing.formUnion(gap.steps) }
      let found = series.values.indices.filter { series.values[$0] == nil }
      #expect(Set(found) == missing)
    }
    #expect(both(.gaps).allSatisfy { $0.benign.count > 30 })
  }

  @Test("every kind of anomaly occurs, apart from others and not in the first third")
  func placement() {
    var kinds: Set<AnomalyKind> = []
    for series in fixture.series {
      #expect(series.anomalies.count >= 6)
      kinds.formUnion(series.anomalies.map(\.kind))
      #expect(series.anomalies.allSatisfy { series.shape.anomalyKinds.contains($0.kind) })
      var free = specification.steps / 3
      for anomaly in series.anomalies {
        #expect(anomaly.steps.lowerBound >= free)
        #expect(anomaly.steps.upperBound < specification.steps)
        free = anomaly.steps.upperBound + 10
      }
    }
    #expect(kinds == Set(AnomalyKind.allCases))
  }

  @Test("an anomaly deviates visibly from the same time of the days around it")
  func visibility() throws {
    let shapes: [SeriesShape] = [.dailySeason, .drift, .huge, .tiny, .constant, .regimes]
    var checked = 0
    for series in fixture.series where shapes.contains(series.shape) {
      let usual = Dictionary(
        uniqueKeysWithValues: undisturbed(series).map { ($0.step, $0.value) })
      for anomaly in series.anomalies where anomaly.kind == .spike || anomaly.kind == .dip {
        let first = anomaly.steps.lowerBound
        let around = (first - 6..<first).compactMap { usual[$0] }
        let level = around.reduce(0, +) / Double(around.count)
        let noise = around.map { abs($0 - level) }.max() ?? 0
        let value = try #require(series.values[first])
        let deviation = anomaly.kind == .spike ? value - level : level - value
        #expect(deviation > max(2 * noise, 0.02 * abs(level)), "\(series.name) \(anomaly)")
        checked += 1
      }
    }
    #expect(checked >= 20)
  }

  @Test("a binary series dips only when it is not off anyway")
  func binaryDips() throws {
    let binaries = GeneratedFixture(
      try FixtureSpecification(series: 40, steps: 4032, shapes: [.binary]))
    var checked = 0
    for series in binaries.series {
      for anomaly in series.anomalies where anomaly.kind == .dip {
        for step in anomaly.steps {
          #expect(series.values[step] == 0)
          // The schedule repeats daily, and the first day is undisturbed.
          #expect(series.values[step % day] == 1)
          checked += 1
        }
      }
    }
    #expect(checked >= 100)
  }

  @Test("a flat line repeats one value, and a counter's stands still")
  func flatLines() {
    var checked = 0
    for series in fixture.series {
      for anomaly in series.anomalies where anomaly.kind == .flatLine {
        let span = anomaly.steps.lowerBound - 1...anomaly.steps.upperBound
        #expect(Set(span.map { series.values[$0] }).count == 1)
        checked += 1
      }
    }
    #expect(checked >= 6)
  }
}
