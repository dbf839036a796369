import MetricFormats
import Testing

@Suite struct InfluxTests {
  static let cases = [
    Case(
      "a line with tags and fields, in nanoseconds",
      "cpu,host=a,cpu=cpu0 usage_idle=98.5,usage_user=1i 1700000000123456789",
      [
        "cpu.usage_idle,cpu=cpu0,host=a gauge 1700000000123 98.5",
        "cpu.usage_user,cpu=cpu0,host=a gauge 1700000000123 1.0",
      ]),
    Case("no tags", "m value=-1.5e3 1700000000000000000", ["m gauge 1700000000000 -1500.0"]),
    Case(
      "unsigned integers end in u", "m a=18446744073709551615u 1700000000000000000",
      ["m.a gauge 1700000000000 1.8446744073709552e+19"]),
    Case(
      "escapes of commas, blanks and equals signs are removed",
      #"my\ m\,x=y,a\=b=c\ d f\ 1=2 1700000000000000000"#,
      [#"my m\,x\=y.f 1,a\=b=c d gauge 1700000000000 2.0"#]),
    Case(
      "a backslash before anything else is a character",
      #"m,p=C:\dir\\x a=1 1700000000000000000"#,
      [#"m.a,p=C:\\dir\\\\x gauge 1700000000000 1.0"#]),
    Case(
      "strings are passed over, whatever is in them",
      #"m s="a=1, b \"x\" # ",a=2,t="two\#nlines" 1700000000000000000"#,
      ["m.a gauge 1700000000000 2.0"]),
    Case(
      "booleans are passed over", "m a=t,b=False,c=3 1700000000000000000",
      ["m.c gauge 1700000000000 3.0"]),
    Case(
      "or read as 1 and 0", "m a=T,b=false 1700000000000000000",
      ["m.a gauge 1700000000000 1.0", "m.b gauge 1700000000000 0.0"],
      FormatOptions(booleans: true)),
    Case("without a timestamp the record's counts", "m a=1", ["m.a gauge 1700000000999 1.0"]),
    Case(
      "unless one is required", "m a=1\nm a=2 1700000000000000000",
      ["m.a gauge 1700000000000 2.0", "drop no_timestamp"], FormatOptions(requireTimestamp: true)),
    Case(
      "other precisions are an option", "m a=1 1700000000",
      ["m.a gauge 1700000000000 1.0"], FormatOptions(timestampUnit: .seconds)),
    Case(
      "comments, blank lines and CRLF", "# a comment\r\n\r\nm a=1 1700000000000000000\r\n\n",
      ["m.a gauge 1700000000000 1.0"]),
    Case(
      "a bad line leaves the others",
      "m a=1 1700000000000000000\nm a=1,b= 1700000000000000000\nm a=3 1700000000000000000",
      ["m.a gauge 1700000000000 1.0", "m.a gauge 1700000000000 3.0", "drop malformed"]),
    Case(
      "a quote that never closes spoils its own line only",
      "m a=1,s=\"x 1700000000000000000\nm a=3 1700000000000000000",
      ["m.a gauge 1700000000000 3.0", "drop malformed"]),
    Case(
      "NaN and numbers beyond Float64 spoil their own field only",
      "m a=NaN,b=1e999,c=3 1700000000000000000",
      ["m.c gauge 1700000000000 3.0", "drop not_finite"]),
    Case("a line of nothing but text", #"m s="x" 1700000000000000000"#, ["drop not_a_metric"]),
    Case("no field", "m", ["drop malformed"]),
    Case("no field after tags", "m,a=b 1700000000000000000", ["drop malformed"]),
    Case("a tag without a value sign", "m,a b=1", ["drop malformed"]),
    Case("a field without a name", "m =1", ["drop malformed"]),
    Case("no measurement", ",a=b c=1", ["drop malformed"]),
    Case("a timestamp that is none", "m a=1 yesterday", ["drop malformed"]),
    Case("more after the timestamp", "m a=1 1700000000000000000 x", ["drop malformed"]),
    Case("a fraction with an integer's suffix", "m a=1.5i", ["drop malformed"]),
    Case("nothing at all", "", ["drop not_a_metric"]),
  ]

  @Test("lines of InfluxDB's protocol become points or drops", arguments: cases)
  func table(_ row: Case) throws {
    #expect(try decoded(row.message, as: "influx", options: row.options) == row.expected)
  }

  @Test("bytes that are no UTF-8 spoil their own line only")
  func invalidUTF8() throws {
    let message = Array("m,a=".utf8) + [0xC3, 0x28] + Array(" b=1\nm,a=ü b=2\n".utf8)
    #expect(
      try decoded(message, as: "influx")
        == ["m.b,a=ü gauge 1700000000999 2.0", "drop malformed"])
  }
}
