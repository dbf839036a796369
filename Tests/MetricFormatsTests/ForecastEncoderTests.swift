import MetricFormats
import TestSupport
import Testing
import TimeSeries

@Suite struct ForecastEncoderTests {
  /// One record of a single quantile.
  static func encoded(_ values: [Double], spread: Double) -> [UInt8] {
    let encoder = ForecastEncoder(
      stream: "s", step: 1000, horizon: values.count, quantiles: [0.5])
    var bytes: [UInt8] = []
    values.withUnsafeBufferPointer {
      encoder.encode(
        prefix: SeriesPrefix(SeriesKey(name: "n", labels: [])), time: 5, values: $0,
        spread: spread, modelVersion: 1, forecaster: .network, isWarming: false, into: &bytes)
    }
    return bytes
  }

  /// The numbers' own texts.
  static func texts(_ values: [Double], spread: Double) -> [String] {
    let record = String(decoding: encoded(values, spread: spread), as: UTF8.self)
    guard let start = record.firstRange(of: #""values":[["#) else { return [] }
    return record[start.upperBound...].dropLast(3).split(separator: "],[").map(String.init)
  }

  @Test(
    "numbers are rounded to a hundredth of the spread",
    arguments: [
      // value, spread, text
      (12.3456, 1.0, "12.35"), (12.3456, 0.99, "12.346"), (12.3456, 10, "12.3"),
      (12.3456, 100, "12"), (12.3456, 1000, "10"), (-12.3456, 1, "-12.35"),
      (0.0004, 1, "0"), (-0.0004, 1, "0"), (0, 1, "0"), (0.5, 1, "0.5"), (-0.05, 1, "-0.05"),
      (12.3, 1, "12.3"), (12, 1, "12"), (100, 1, "100"), (1e-3, 1e-2, "0.001"),
      (0.000_000_123, 1e-7, "0.000000123"), (1.234e-9, 1e-10, "1.234e-9"),
      (-1.234e-12, 1e-13, "-1.234e-12"), (1.234_56e12, 1e9, "1234560000000"),
      (1.234_56e12, 1e11, "1235000000000"), (1.234_56e18, 1e16, "1.2346e18"),
      (3e20, 1e19, "3e20"), (123_456_789_012, 1e-3, "123456789012"),
      (123_456_789_012.125, 1e-5, "1.23456789012125e11"),
      (5, 0, "5"), (0.1, 0, "0.1"), (1.0 / 3, 0, "0.3333333"), (2e15 / 3, .nan, "666666700000000"),
      (1, .infinity, "1"), (.nan, 1, "null"), (.infinity, 1, "null"), (-.infinity, 0, "null"),
      (1.797e308, 1e300, "1.797e308"),
    ] as [(Double, Double, String)])
  func text(_ value: Double, _ spread: Double, _ expected: String) {
    #expect(Self.texts([value], spread: spread) == [expected])
  }

  @Test("a printed number is within half the resolution, and JSON, at any magnitude")
  func exactness() throws {
    let seed: UInt64 = 7
    var random = SplitMix(seed: seed)
    for _ in 0..<4000 {
      let spread = power(10, Double.random(in: -14...14, using: &random))
      let ratio = power(10, Double.random(in: -4...12, using: &random))
      let values = (0..<16).map { _ in spread * ratio * Double.random(in: -1...1, using: &random) }
      let bytes = Self.encoded(values, spread: spread)
      let record = try bytes.withUnsafeBytes { try ForecastRecord(decoding: $0) }
      let texts = Self.texts(values, spread: spread)
      for (index, value) in values.enumerated() {
        let printed = try #require(Double(texts[index]), "seed \(seed): \(texts[index])")
        // The resolution is a power of ten of at most a hundredth of the spread; beyond it,
        // fifteen digits.
        let tolerance = max(spread / 200, abs(value) * 5e-15) + value.ulp
        #expect(
          abs(printed - value) <= tolerance,
          "seed \(seed): \(value) at \(spread) is \(texts[index])")
        #expect(record.values[index] == printed, "seed \(seed)")
      }
    }
  }

  @Test("no number is longer than needed")
  func brevity() {
    var random = SplitMix(seed: 8)
    let values = (0..<1000).map { _ in 50 + Double.random(in: -2...2, using: &random) }
    #expect(Self.texts(values, spread: 4).allSatisfy { $0.count <= 5 })
  }

  @Test("a record reads back as what was written")
  func roundTrip() throws {
    let series = SeriesKey(
      name: "a\"b\\c", labels: [.init(name: "x,y", value: "1=2\n"), .init(name: "a", value: "ü")])
    let encoder = ForecastEncoder(
      stream: "st\"r", step: 60_000, horizon: 2, quantiles: [0.05, 0.5, 0.95])
    let values: [Double] = [1, 2, 3, .nan, 5, 1e9]
    var bytes: [UInt8] = []
    values.withUnsafeBufferPointer {
      encoder.encode(
        prefix: SeriesPrefix(series), time: 1_700_000_000_000, values: $0, spread: 2,
        modelVersion: 12, forecaster: .baseline(.holtWinters), isWarming: true, into: &bytes)
    }
    let record = try bytes.withUnsafeBytes { try ForecastRecord(decoding: $0) }
    #expect(record.series.key == series.description)
    #expect(record.series.name == series.name)
    #expect(record.series.labels == series.labels)
    #expect(record.series.stream == "st\"r")
    #expect(record.time == 1_700_000_000_000)
    #expect(record.step == 60_000)
    #expect(record.horizon == 2)
    #expect(record.quantiles == [0.05, 0.5, 0.95])
    #expect(
      record.values.map { $0.isNaN ? "null" : "\($0)" } == [
        "1.0", "2.0", "3.0", "null", "5.0", "1000000000.0",
      ])
    #expect(record.modelVersion == 12)
    #expect(record.forecaster == "holt_winters")
    #expect(record.isWarming)
  }

  @Test("only the chosen quantiles of a step are written")
  func columns() throws {
    let encoder = ForecastEncoder(
      stream: "s", step: 1000, horizon: 2, quantiles: [0.1, 0.9], columns: [1, 3], columnCount: 4)
    let values: [Double] = [-1, 1, 2, 3, -1, 4, 5, 6]
    var bytes: [UInt8] = []
    values.withUnsafeBufferPointer {
      encoder.encode(
        prefix: SeriesPrefix(SeriesKey(name: "n", labels: [])), time: 5, values: $0, spread: 1,
        modelVersion: 1, forecaster: .network, isWarming: false, into: &bytes)
    }
    let record = try bytes.withUnsafeBytes { try ForecastRecord(decoding: $0) }
    #expect(record.values == [1, 3, 4, 6])
  }

  @Test("what is no forecast record is refused with the field's name")
  func refusal() {
    #expect(throws: RecordError.notJSON) {
      try Array("x".utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
    }
    #expect(throws: RecordError.wrongField(name: "labels")) {
      try Array("{}".utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
    }
    let text = String(decoding: Self.encoded([1, 2], spread: 1), as: UTF8.self)
    let ragged = text.replacing("[2]", with: "[2,3]")
    #expect(throws: RecordError.wrongField(name: "values")) {
      try Array(ragged.utf8).withUnsafeBytes { try ForecastRecord(decoding: $0) }
    }
    #expect(throws: RecordError.wrongField(name: "incident")) {
      try Array(text.utf8).withUnsafeBytes { try AnomalyRecord.decode($0) }
    }
  }
}

/// Without a C library's `pow`, so that the test does not share what it tests.
private func power(_ base: Double, _ exponent: Double) -> Double {
  var result = 1.0
  for _ in 0..<Int(abs(exponent)) { result = exponent < 0 ? result / base : result * base }
  // The fraction only has to spread the values within the decade.
  return result * (1 + 9 * abs(exponent - exponent.rounded(.towardZero)) * (exponent < 0 ? 0.1 : 1))
}
