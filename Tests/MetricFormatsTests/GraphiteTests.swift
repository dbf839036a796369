import MetricFormats
import Testing

@Suite struct GraphiteTests {
  static let cases = [
    Case(
      "the path is the name", "a.cpu-0.idle 98.5 1700000000\n",
      ["a.cpu-0.idle gauge 1700000000000 98.5"]),
    Case(
      "tags are labels", "disk.used;host=b;dc=eu 1 1700000000",
      ["disk.used,dc=eu,host=b gauge 1700000000000 1.0"]),
    Case(
      "many lines, CRLF as collectd writes it, blanks of any number",
      "a 1 1700000000\r\n\nb\t2   1700000001.25\r\n",
      ["a gauge 1700000000000 1.0", "b gauge 1700000001250 2.0"]),
    Case(
      "nan is not finite", "a nan 1700000000\nb 2 1700000000",
      ["b gauge 1700000000000 2.0", "drop not_finite"]),
    Case("-1 stands for the record's time", "a 1 -1", ["a gauge 1700000000999 1.0"]),
    Case("no timestamp at all as well", "a 1", ["a gauge 1700000000999 1.0"]),
    Case(
      "unless one is required", "a 1 -1", ["drop no_timestamp"],
      FormatOptions(requireTimestamp: true)),
    Case(
      "milliseconds are an option", "a 1 1700000000123", ["a gauge 1700000000123 1.0"],
      FormatOptions(timestampUnit: .milliseconds)),
    Case("a tag without a value sign", "a;b 1 1700000000", ["drop malformed"]),
    Case("text for a value", "a up 1700000000", ["drop malformed"]),
    Case("a word too many", "a 1 1700000000 x", ["drop malformed"]),
    Case("a path alone", "a", ["drop malformed"]),
    Case("tags alone", ";a=b 1 1700000000", ["drop not_a_metric"]),
  ]

  @Test("lines of Graphite's plaintext become points or drops", arguments: cases)
  func table(_ row: Case) throws {
    #expect(try decoded(row.message, as: "graphite", options: row.options) == row.expected)
  }
}
