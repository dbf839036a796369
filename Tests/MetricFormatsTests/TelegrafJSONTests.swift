import MetricFormats
import Testing

@Suite struct TelegrafJSONTests {
  static let cases = [
    Case(
      "every numeric field is a series, the tags are its labels, the timestamp is in seconds",
      #"{"fields":{"usage_idle":98.5,"usage_user":1},"name":"cpu","tags":{"cpu":"cpu0","host":"a"},"timestamp":1700000000}"#,
      [
        "cpu.usage_idle,cpu=cpu0,host=a gauge 1700000000000 98.5",
        "cpu.usage_user,cpu=cpu0,host=a gauge 1700000000000 1.0",
      ]),
    Case(
      "a batch holds many metrics",
      #"{"metrics":[{"fields":{"a":1},"name":"m","tags":{},"timestamp":1700000000},{"fields":{"b":2},"name":"n","tags":{"t":"x"},"timestamp":1700000001}]}"#,
      ["m.a gauge 1700000000000 1.0", "n.b,t=x gauge 1700000001000 2.0"]),
    Case(
      "a field called value is the measurement itself",
      #"{"fields":{"value":1},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m gauge 1700000000000 1.0"]),
    Case(
      "milliseconds, microseconds and nanoseconds are told by their size",
      #"[{"fields":{"a":1},"name":"m","timestamp":1700000000123},{"fields":{"a":1},"name":"m","timestamp":1700000000123456},{"fields":{"a":1},"name":"m","timestamp":1700000000123456789}]"#,
      [
        "m.a gauge 1700000000123 1.0", "m.a gauge 1700000000123 1.0",
        "m.a gauge 1700000000123 1.0",
      ]),
    Case(
      "unsorted tags are sorted, tags without a value are no labels",
      #"{"fields":{"a":1},"name":"m","tags":{"z":"1","b":"2","e":"","a":"3"},"timestamp":1700000000}"#,
      ["m.a,a=3,b=2,z=1 gauge 1700000000000 1.0"]),
    Case(
      "of a tag that comes twice the last one counts",
      #"{"fields":{"a":1},"name":"m","tags":{"b":"1","a":"2","b":"3"},"timestamp":1700000000}"#,
      ["m.a,a=2,b=3 gauge 1700000000000 1.0"]),
    Case(
      "commas, equals signs, backslashes and control characters are escaped",
      #"{"fields":{"a=b":1},"name":"m,n","tags":{"p":"C:\\x","q":"a\nb"},"timestamp":1700000000}"#,
      [#"m\,n.a\=b,p=C:\\x,q=a\x0ab gauge 1700000000000 1.0"#]),
    Case(
      "text and booleans beside numbers are passed over",
      #"{"fields":{"a":"up","b":true,"c":3},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m.c gauge 1700000000000 3.0"]),
    Case(
      "booleans are 1 and 0 where that is asked for",
      #"{"fields":{"a":true,"b":false},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m.a gauge 1700000000000 1.0", "m.b gauge 1700000000000 0.0"],
      FormatOptions(booleans: true)),
    Case(
      "a metric of nothing but text is no metric",
      #"{"fields":{"a":"up"},"name":"m","tags":{},"timestamp":1700000000}"#, ["drop not_a_metric"]),
    Case(
      "null is a missing value",
      #"{"fields":{"a":null,"b":2},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m.b gauge 1700000000000 2.0", "missing 1"]),
    Case(
      "NaN, infinities and numbers beyond Float64 spoil their own field only",
      #"{"fields":{"a":NaN,"b":-Infinity,"c":1e999,"d":4},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m.d gauge 1700000000000 4.0", "drop not_finite"]),
    Case(
      "integers beyond 64 bits are rounded",
      #"{"fields":{"a":18446744073709551615,"b":123456789012345678901234567890},"name":"m","tags":{},"timestamp":1700000000}"#,
      [
        "m.a gauge 1700000000000 1.8446744073709552e+19",
        "m.b gauge 1700000000000 1.2345678901234568e+29",
      ]),
    Case(
      "without a timestamp the record's counts",
      #"{"fields":{"a":1},"name":"m","tags":{}}"#, ["m.a gauge 1700000000999 1.0"]),
    Case(
      "unless a timestamp is required",
      #"{"fields":{"a":1},"name":"m","tags":{}}"#, ["drop no_timestamp"],
      FormatOptions(requireTimestamp: true)),
    Case(
      "a negative timestamp is malformed",
      #"{"fields":{"a":1},"name":"m","tags":{},"timestamp":-5}"#, ["drop malformed"]),
    Case(
      "a year after 2261 is malformed",
      #"{"fields":{"a":1},"name":"m","tags":{},"timestamp":9214646400}"#, ["drop malformed"]),
    Case(
      "documents may come one per line",
      """
      {"fields":{"a":1},"name":"m","timestamp":1700000000}
      {"fields":{"a":2},"name":"m","timestamp":1700000001}\r
      {"fields":{"a":
      {"fields":{"a":NaN},"name":"m","timestamp":1700000001}

      {"fields":{"a":3},"name":"m","timestamp":1700000002}
      """,
      [
        "m.a gauge 1700000000000 1.0", "m.a gauge 1700000001000 2.0",
        "m.a gauge 1700000002000 3.0", "drop malformed", "drop not_finite",
      ]),
    Case(
      "a bad metric of a batch leaves the good ones, and reasons are noted once",
      #"{"metrics":[7,{"fields":{"a":1},"name":"m","timestamp":1700000000},8,{"name":"n"}]}"#,
      ["m.a gauge 1700000000000 1.0", "drop malformed", "drop not_a_metric"]),
    Case("no metric has no name", #"{"fields":{"a":1},"tags":{}}"#, ["drop not_a_metric"]),
    Case("an empty name is none", #"{"fields":{"a":1},"name":""}"#, ["drop not_a_metric"]),
    Case(
      "tags have to be an object", #"{"fields":{"a":1},"name":"m","tags":[1]}"#, ["drop malformed"]),
    Case("truncated", #"{"fields":{"a":1},"na"#, ["drop malformed"]),
    Case("nothing at all", "", ["drop malformed"]),
    Case("invalid UTF-8 and other bytes are covered by the fuzz test", "\u{0}", ["drop malformed"]),
  ]

  @Test("messages of Telegraf's JSON become points or drops", arguments: cases)
  func table(_ row: Case) throws {
    #expect(try decoded(row.message, as: "telegraf_json", options: row.options) == row.expected)
  }

  @Test("a configured unit of timestamps holds, whatever a timestamp looks like")
  func configuredUnit() throws {
    let message = #"{"fields":{"a":1},"name":"m","timestamp":1700000000}"#
    let options = FormatOptions(timestampUnit: .milliseconds)
    #expect(
      try decoded(message, as: "telegraf_json", options: options)
        == ["m.a gauge 1700000000 1.0"])
  }

  @Test("a point without any timestamp is dropped")
  func noTimeAnywhere() throws {
    let message = #"{"fields":{"a":1},"name":"m"}"#
    #expect(
      try decoded(message, as: "telegraf_json", recordTime: nil) == ["drop no_timestamp"])
  }
}
