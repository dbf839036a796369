import MetricFormats
import Testing

@Suite struct CollectdJSONTests {
  static let cases = [
    Case(
      "instances and host are labels, the type is left out where it repeats the plugin",
      #"[{"values":[98.1],"dstypes":["derive"],"dsnames":["value"],"time":1700000000.320,"interval":10.000,"host":"a","plugin":"cpu","plugin_instance":"0","type":"cpu","type_instance":"idle"}]"#,
      ["cpu,host=a,plugin_instance=0,type_instance=idle gauge 1700000000320 98.1"]),
    Case(
      "each data source is a series",
      #"[{"values":[1,2],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1700000000,"interval":10,"host":"a","plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":""}]"#,
      [
        "interface.if_octets.rx,host=a,plugin_instance=eth0 gauge 1700000000000 1.0",
        "interface.if_octets.tx,host=a,plugin_instance=eth0 gauge 1700000000000 2.0",
      ]),
    Case(
      "without rates, derives and counters are running totals and an absolute is divided",
      #"[{"values":[1,2,3,50],"dstypes":["derive","counter","gauge","absolute"],"dsnames":["d","c","g","a"],"time":1700000000,"interval":10,"host":"h","plugin":"p","type":"t"}]"#,
      [
        "p.t.d,host=h counter 1700000000000 1.0", "p.t.c,host=h counter 1700000000000 2.0",
        "p.t.g,host=h gauge 1700000000000 3.0", "p.t.a,host=h gauge 1700000000000 5.0",
      ], FormatOptions(storeRates: false)),
    Case(
      "the first readings of a rate are null, hence missing",
      #"[{"values":[null,null],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1700000000,"interval":10,"host":"a","plugin":"interface","type":"if_octets"}]"#,
      ["missing 2"]),
    Case(
      "a value list of an unknown data source type is malformed, its neighbours are not",
      #"[{"values":[1],"dstypes":["odd"],"dsnames":["value"],"time":1700000000,"host":"a","plugin":"p","type":"p"},{"values":[2],"dstypes":["gauge"],"dsnames":["value"],"time":1700000000,"host":"a","plugin":"p","type":"p"}]"#,
      ["p,host=a gauge 1700000000000 2.0", "drop malformed"]),
    Case(
      "a notification is no metric",
      #"[{"labels":{"alertname":"x"},"annotations":{"summary":"y"},"startsAt":"2024-01-01T00:00:00Z"}]"#,
      ["drop not_a_metric"]),
    Case("no JSON", "PUTVAL a/b 1:2", ["drop malformed"]),
  ]

  @Test("messages of collectd's JSON become points or drops", arguments: cases)
  func table(_ row: Case) throws {
    #expect(try decoded(row.message, as: "collectd_json", options: row.options) == row.expected)
  }
}
