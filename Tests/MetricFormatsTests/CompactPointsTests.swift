import MetricFormats
import Testing
import TimeSeries

@Suite struct CompactTests {
  @Test("what the router writes is what the worker reads")
  func roundTrip() throws {
    var value: [UInt8] = []
    CompactPoints.begin(&value)
    CompactPoints.append(kind: .gauge, time: 1_700_000_000_123, value: -0.1, to: &value)
    CompactPoints.append(kind: .counter, time: 0, value: 1e300, to: &value)
    let key = SeriesKey(name: "a,b", labels: [.init(name: "x", value: "y=z")])
    #expect(
      try decoded(value, key: key.canonical, as: "compact") == [
        #"a\,b,x=y\=z gauge 1700000000123 -0.1"#, #"a\,b,x=y\=z counter 0 1e+300"#,
      ])
  }

  @Test("a bad point of a compact record leaves the others")
  func badPoints() throws {
    var value: [UInt8] = []
    CompactPoints.begin(&value)
    CompactPoints.append(kind: .gauge, time: -1, value: 1, to: &value)
    CompactPoints.append(kind: .gauge, time: 5, value: .infinity, to: &value)
    CompactPoints.append(kind: .gauge, time: 5, value: 2, to: &value)
    #expect(
      try decoded(value, key: Array("k".utf8), as: "compact")
        == ["k gauge 5 2.0", "drop malformed", "drop not_finite"])
  }

  @Test("a compact record of another version, length or key is malformed")
  func badMessages() throws {
    var value: [UInt8] = []
    CompactPoints.begin(&value)
    CompactPoints.append(kind: .gauge, time: 5, value: 2, to: &value)
    let key = Array("k".utf8)
    #expect(try decoded([2] + value.dropFirst(), key: key, as: "compact") == ["drop malformed"])
    #expect(try decoded(value + [0], key: key, as: "compact") == ["drop malformed"])
    #expect(try decoded([1], key: key, as: "compact") == ["drop malformed"])
    #expect(try decoded(value, key: [0xFF], as: "compact") == ["drop malformed"])
    #expect(try decoded(value, key: [], as: "compact") == ["drop not_a_metric"])
  }
}
