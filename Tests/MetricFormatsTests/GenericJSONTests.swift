import MetricFormats
import Testing

@Suite struct GenericJSONTests {
  static let cases = [
    Case(
      "the default shape", #"{"series":"s","timestamp":1700000000123,"value":1.5}"#,
      ["s gauge 1700000000123 1.5"]),
    Case(
      "with labels of any scalar type",
      #"{"series":"s","labels":{"host":"a","core":0,"on":true,"no":null,"x":1.5},"timestamp":1700000000123,"value":2}"#,
      ["s,core=0,host=a,on=true,x=1.5 gauge 1700000000123 2.0"]),
    Case(
      "an array of records",
      #"[{"series":"s","timestamp":1700000000,"value":1},{"series":"t","timestamp":1700000000,"value":2}]"#,
      ["s gauge 1700000000000 1.0", "t gauge 1700000000000 2.0"]),
    Case(
      "a date for a timestamp", #"{"series":"s","timestamp":"2023-11-14T22:13:20.5Z","value":1}"#,
      ["s gauge 1700000000500 1.0"]),
    Case(
      "a date with an offset", #"{"series":"s","timestamp":"2023-11-15T00:13:20+02:00","value":1}"#,
      ["s gauge 1700000000000 1.0"]),
    Case(
      "seconds with a fraction", #"{"series":"s","timestamp":1700000000.25,"value":1}"#,
      ["s gauge 1700000000250 1.0"]),
    Case(
      "null for a timestamp is none", #"{"series":"s","timestamp":null,"value":1}"#,
      ["s gauge 1700000000999 1.0"]),
    Case(
      "null for a value is missing", #"{"series":"s","timestamp":1700000000,"value":null}"#,
      ["missing 1"]),
    Case(
      "NaN as Python writes it", #"{"series":"s","timestamp":1700000000,"value":NaN}"#,
      ["drop not_finite"]),
    Case(
      "a string is no value", #"{"series":"s","timestamp":1700000000,"value":"12.5"}"#,
      ["drop not_a_metric"]),
    Case(
      "unless numeric strings are allowed",
      #"{"series":"s","timestamp":1700000000,"value":"12.5"}"#,
      ["s gauge 1700000000000 12.5"], FormatOptions(numericStrings: true)),
    Case(
      "and are numbers", #"{"series":"s","timestamp":1700000000,"value":"12.5 %"}"#,
      ["drop not_a_metric"], FormatOptions(numericStrings: true)),
    Case(
      "a boolean is no value", #"{"series":"s","timestamp":1700000000,"value":true}"#,
      ["drop not_a_metric"]),
    Case("no value", #"{"series":"s","timestamp":1700000000}"#, ["drop not_a_metric"]),
    Case("no series", #"{"timestamp":1700000000,"value":1}"#, ["drop not_a_metric"]),
    Case(
      "nested labels would merge series",
      #"{"series":"s","labels":{"a":{}},"timestamp":1700000000,"value":1}"#, ["drop malformed"]),
    Case("a scalar document", "17", ["drop malformed"]),
    Case("no record at all", "[]", ["drop not_a_metric"]),
  ]

  @Test("generic JSON of the default shape becomes points or drops", arguments: cases)
  func table(_ row: Case) throws {
    #expect(try decoded(row.message, as: "json", options: row.options) == row.expected)
  }

  @Test("every part of a generic JSON message can be elsewhere")
  func paths() throws {
    let fields = JSONFields(
      records: try JSONPath("data.items"), series: .path(try JSONPath("metric\\.name")),
      labels: .paths([
        JSONFields.LabelPath(name: "zone", path: try JSONPath("at.1")),
        JSONFields.LabelPath(name: "host", path: try JSONPath("$.source.host")),
        JSONFields.LabelPath(name: "absent", path: try JSONPath("nowhere")),
      ]), timestamp: try JSONPath("when"), values: .fields(try JSONPath("readings")))
    let message = #"""
      {"source":{"host":"a"},"data":{"items":[
        {"metric.name":"m","at":["x","y"],"when":1700000000,"readings":{"p":1,"q":"text","r":null,"value":4}},
        {"metric.name":"n","when":1700000001,"readings":{"p":2}},
        {"metric.name":"n","when":1700000001}]}}
      """#
    #expect(
      try decoded(message, as: "json", options: FormatOptions(fields: fields)) == [
        "m.p,host=a,zone=y gauge 1700000000000 1.0", "m,host=a,zone=y gauge 1700000000000 4.0",
        "n.p,host=a gauge 1700000001000 2.0", "drop not_a_metric", "missing 1",
      ])
  }

  @Test("a generic JSON message's name can be fixed, and its labels an object elsewhere")
  func fixedName() throws {
    let fields = JSONFields(
      series: .fixed("power"), labels: .object(try JSONPath("meta")),
      timestamp: try JSONPath("t"), values: .value(try JSONPath("v")))
    #expect(
      try decoded(
        #"{"meta":{"room":"k"},"t":1700000000,"v":3}"#, as: "json",
        options: FormatOptions(fields: fields)) == ["power,room=k gauge 1700000000000 3.0"])
  }

  @Test("a path with an empty name is refused", arguments: ["", "a..b", ".a", "a.", "$.", "a\\"])
  func badPaths(_ text: String) {
    #expect(throws: FormatError.invalidPath(text: text)) { try JSONPath(text) }
  }
}
