import FixtureGenerator
import Testing
import TimeSeries

@Suite("Specifying and writing a generated fixture")
struct FixtureSpecificationTests {
  private func text(_ fixture: GeneratedFixture, _ format: FixtureFormat) throws -> String {
    var bytes: [UInt8] = []
    try fixture.writeMetrics(format) { (chunk) throws(FixtureError) in bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("one seed is one fixture, another seed another")
  func seeds() throws {
    let texts = try [3, 3, 4].map {
      try text(GeneratedFixture(FixtureSpecification(seed: $0, series: 12, steps: 90)), .csv)
    }
    #expect(texts[0] == texts[1])
    #expect(texts[0] != texts[2])
  }

  @Test("more series leave the first ones as they were")
  func moreSeries() throws {
    let few = GeneratedFixture(try FixtureSpecification(series: 5, steps: 700))
    let many = GeneratedFixture(try FixtureSpecification(series: 30, steps: 700))
    for (one, other) in zip(few.series, many.series) {
      #expect(one.name == other.name)
      #expect(one.values == other.values)
      #expect(one.anomalies == other.anomalies)
    }
    #expect(Set(many.series.map(\.name)).count == 30)
  }

  @Test("every small size can be generated, and its labels lie inside")
  func smallSizes() throws {
    for steps in Array(1...130) + [359, 360, 361] {
      for interval in [1, 3600, 86_400] {
        let fixture = GeneratedFixture(
          try FixtureSpecification(series: 12, steps: steps, intervalSeconds: interval))
        for series in fixture.series {
          #expect(series.values.count == steps)
          #expect(series.values.allSatisfy { $0?.isFinite ?? true })
          #expect(series.anomalies.allSatisfy { (0..<steps).contains($0.steps.upperBound) })
          #expect(series.benign.allSatisfy { (0..<steps).contains($0.steps.upperBound) })
        }
      }
    }
  }

  @Test("only the chosen shapes are dealt, in turn")
  func shapes() throws {
    let fixture = GeneratedFixture(
      try FixtureSpecification(series: 5, steps: 10, shapes: [.binary, .drift]))
    #expect(
      fixture.series.map(\.name) == [
        "binary_00", "drift_01", "binary_02", "drift_03", "binary_04",
      ])
    #expect(fixture.readme(.csv).contains("--shapes binary,drift"))
  }

  @Test("the three formats hold the same numbers")
  func formats() throws {
    let fixture = GeneratedFixture(
      try FixtureSpecification(
        series: 2, steps: 2, intervalSeconds: 60, startSeconds: 1_700_000_000,
        shapes: [.constant, .binary]))
    #expect(
      try text(fixture, .influx) == """
        constant,series=constant_00 value=64.0 1700000000000000000
        binary,series=binary_01 value=1i 1700000000000000000
        constant,series=constant_00 value=64.0 1700000060000000000
        binary,series=binary_01 value=1i 1700000060000000000

        """)
    #expect(
      try text(fixture, .csv) == """
        series,time,value
        constant_00,2023-11-14T22:13:20Z,64.0
        binary_01,2023-11-14T22:13:20Z,1
        constant_00,2023-11-14T22:14:20Z,64.0
        binary_01,2023-11-14T22:14:20Z,1

        """)
    #expect(
      try text(fixture, .telegraf).hasPrefix(
        #"{"fields":{"value":64.0},"name":"constant","tags":{"series":"constant_00"},"#
          + #""timestamp":1700000000}"# + "\n"))
  }

  @Test("large fixtures are written in pieces that join without a seam")
  func pieces() throws {
    let fixture = GeneratedFixture(
      try FixtureSpecification(series: 40, steps: 1000, shapes: [.constant]))
    var pieces = 0
    var lines = 0
    try fixture.writeMetrics(.influx) { (chunk) throws(FixtureError) in
      pieces += 1
      lines += chunk.count { $0 == UInt8(ascii: "\n") }
      #expect(chunk.last == UInt8(ascii: "\n"))
    }
    let values = fixture.series.reduce(0) { sum, series in
      sum + series.values.count { $0 != nil }
    }
    #expect(pieces > 1)
    #expect(lines == values)
  }

  @Test("labels name the first and the last step of an anomaly")
  func labels() throws {
    let fixture = GeneratedFixture(try FixtureSpecification(series: 3, steps: 900))
    let rows = fixture.labels.split(separator: "\n")
    #expect(rows.first == "series,start,end,kind")
    #expect(rows.count == 1 + fixture.series.reduce(0) { $0 + $1.anomalies.count })
    let anomaly = try #require(fixture.series[0].anomalies.first)
    let start = TimeText.text(1000 * (1_736_121_600 + 300 * Int64(anomaly.steps.lowerBound)))
    let end = TimeText.text(1000 * (1_736_121_600 + 300 * Int64(anomaly.steps.upperBound)))
    #expect(rows[1] == "daily_season_00,\(start),\(end),\(anomaly.kind.rawValue)")
  }

  @Test(
    "what cannot be generated is refused",
    arguments: [
      (0, 10, 60, 0), (-1, 10, 60, 0), (1, 0, 60, 0), (1, 10, 0, 0), (1, 10, 86_401, 0),
      (1, 10, 60, -1), (1, 10, 60, 5_000_000_000), (1000, 1_000_000, 60, 0),
      (1, Int.max, 60, 0), (Int.max, Int.max, 60, 0), (1, 200_000_000, 86_400, 0),
    ] as [(Int, Int, Int, Int64)])
  func refused(series: Int, steps: Int, interval: Int, start: Int64) {
    #expect(throws: FixtureError.self) {
      try FixtureSpecification(
        series: series, steps: steps, intervalSeconds: interval, startSeconds: start)
    }
  }

  @Test("a fixture without shapes is refused")
  func noShapes() {
    #expect(throws: FixtureError.invalid("at least one shape is needed")) {
      try FixtureSpecification(shapes: [])
    }
  }

  @Test("a directory that cannot be made is an error that names it and the reason")
  func unwritable() throws {
    let fixture = GeneratedFixture(try FixtureSpecification(series: 1, steps: 1))
    let error = #expect(throws: FixtureError.self) {
      try fixture.write(to: "/nonexistent/deeper", format: .csv)
    }
    #expect(
      error?.description
        == "/nonexistent/deeper cannot be written: No such file or directory.")
  }

  @Test(
    "numbers keep five significant digits, whatever their size",
    arguments: [
      (0, "0.0"), (1, "1.0"), (12_345.6, "12346.0"), (99_999.4, "99999.0"),
      (99_999.6, "100000.0"), (9.99996, "10.0"), (-0.000123456, "-0.00012346"),
      (1.0 / 3, "0.33333"), (2.39031e-12, "2.3903e-12"), (1.234567e15, "1.2346e+15"),
      (1.234567e22, "1.2346e+22"), (123_456_789, "123460000.0"),
    ] as [(Double, String)])
  func numbers(value: Double, expected: String) {
    #expect(Double(expected) == FixtureNumber.rounded(value))
    #expect(FixtureNumber.rounded(value).description.count <= 18)
  }
}

@Suite("Random numbers of the generator")
struct FixtureRandomTests {
  private func moments(_ draw: () -> Double) -> (mean: Double, variance: Double) {
    let values = (0..<100_000).map { _ in draw() }
    let mean = values.reduce(0, +) / 100_000
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000)
  }

  @Test("the distributions have the moments they promise")
  func distributions() {
    var random = FixtureRandom(seed: 5, stream: 0)
    let normal = moments { random.gaussian() }
    #expect(abs(normal.mean) < 0.02)
    #expect(abs(normal.variance - 1) < 0.03)
    let exponential = moments { random.exponential() }
    #expect(abs(exponential.mean - 1) < 0.02)
    #expect(abs(exponential.variance - 1) < 0.1)
    let uniform = moments { random.uniform() }
    #expect(abs(uniform.mean - 0.5) < 0.01)
    #expect(abs(uniform.variance - 1.0 / 12) < 0.002)
  }

  @Test("heavy tails are heavy: outliers that a normal variable never has")
  func tails() {
    var random = FixtureRandom(seed: 5, stream: 1)
    let far = (0..<100_000).count { _ in abs(random.heavyTailed()) > 6 }
    // Student's t with 3 degrees of freedom: 0.93 percent lie beyond 6.
    #expect((600...1300).contains(far))
  }

  @Test("streams and seeds do not repeat each other")
  func streams() {
    var firsts: Set<UInt64> = []
    for seed in 0..<50 as Range<UInt64> {
      for stream in 0..<50 as Range<UInt64> {
        var random = FixtureRandom(seed: seed, stream: stream)
        firsts.insert(random.next())
      }
    }
    #expect(firsts.count == 2500)
  }

  @Test("integers reach both ends of their range and nothing else")
  func integers() {
    var random = FixtureRandom(seed: 1, stream: 1)
    let drawn = Set((0..<1000).map { _ in random.integer(in: -2...3) })
    #expect(drawn == [-2, -1, 0, 1, 2, 3])
  }
}
