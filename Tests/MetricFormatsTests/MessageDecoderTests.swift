import MetricFormats
import Testing
import TimeSeries

@Suite struct MessageDecoderTests {
  static let cases = [
    Case(
      "Telegraf by its fields", #"{"fields":{"a":1},"name":"m","tags":{},"timestamp":1700000000}"#,
      ["m.a gauge 1700000000000 1.0"]),
    Case(
      "Telegraf by its batch",
      #"{"metrics":[{"fields":{"a":1},"name":"m","timestamp":1700000000}]}"#,
      ["m.a gauge 1700000000000 1.0"]),
    Case(
      "collectd by its types",
      #"[{"values":[1],"dstypes":["gauge"],"dsnames":["value"],"time":1700000000,"host":"a","plugin":"p","type":"p"}]"#,
      ["p,host=a gauge 1700000000000 1.0"]),
    Case(
      "generic JSON by its series", #" {"series":"s","timestamp":1700000000,"value":1}"#,
      ["s gauge 1700000000000 1.0"]),
    Case(
      "line protocol by its fields, with a timestamp of any unit", "# x\nm,a=b c=1 1700000000",
      ["m.c,a=b gauge 1700000000000 1.0"]),
    Case(
      "line protocol with an escaped blank", #"m\ n c=1 1700000000"#,
      ["m n.c gauge 1700000000000 1.0"]),
    Case("Graphite by its number", "a.b 1 1700000000", ["a.b gauge 1700000000000 1.0"]),
    Case("Graphite with tags", "a;b=c 1 1700000000", ["a,b=c gauge 1700000000000 1.0"]),
    Case(
      "Graphite that asks for the record's time", "a.b 1 N",
      ["a.b gauge 1700000000999 1.0"]),
    Case("a word and a number, as noise has them now and then", "a.b 1", ["drop malformed"]),
    Case("noise with a word and a number in its first line", "a.b 1\n[V;\n5", ["drop malformed"]),
    Case("JSON of another shape", #"{"hello":1}"#, ["drop malformed"]),
    Case("text of another shape", "hello world", ["drop malformed"]),
    Case("nothing", "", ["drop malformed"]),
  ]

  @Test("the format of each message is recognized", arguments: cases)
  func auto(_ row: Case) throws {
    #expect(try decoded(row.message, as: "auto", options: row.options) == row.expected)
  }

  @Test("a message beyond the bound is not parsed")
  func oversizedMessage() throws {
    let limits = DecoderLimits(messageByteCountMaximum: 10)
    #expect(try decoded("a 1 1700000", as: "graphite", limits: limits) == ["drop oversized"])
    #expect(
      try decoded("a 1 170000", as: "graphite", limits: limits) == ["a gauge 170000000 1.0"])
  }

  @Test("points beyond the bound of a message are dropped, those before are kept")
  func tooManyPoints() throws {
    let limits = DecoderLimits(pointCountMaximum: 2)
    #expect(
      try decoded("a 1 1\nb 2 2\nc 3 3\nd 4 4", as: "graphite", limits: limits)
        == ["a gauge 1000 1.0", "b gauge 2000 2.0", "drop oversized"])
  }

  @Test("the keys of a message's points are bounded together, in each message anew")
  func tooManyKeyBytes() throws {
    let limits = DecoderLimits(messageKeyByteCountMaximum: 5)
    var decoder = MessageDecoder(try InputFormat(name: "graphite", limits: limits))
    var batch = PointBatch()
    for index: UInt32 in 0...1 {
      decode(Array("ab 1 1\ncd 2 2\nef 3 3".utf8), with: &decoder, index: index, into: &batch)
    }
    #expect(batch.points.map(\.message) == [0, 0, 1, 1])
    #expect(batch.drops.map(\.reason) == [.oversized, .oversized])
  }

  @Test("a series with too many labels is dropped")
  func tooManyLabels() throws {
    let limits = DecoderLimits(labelCountMaximum: 2)
    #expect(
      try decoded("a;x=1;y=2;z=3 1 1\nb;x=1;y=2 1 1", as: "graphite", limits: limits)
        == ["b,x=1,y=2 gauge 1000 1.0", "drop oversized"])
  }

  @Test("a key may be as long as the bound and no longer", arguments: 0..<40)
  func keyLength(_ length: Int) throws {
    let limits = DecoderLimits(keyByteCountMaximum: 20)
    let name = String(repeating: "n", count: length)
    let expected =
      length == 0
      ? "drop not_a_metric"
      : length + 4 <= 20 ? "\(name),x=1 gauge 1000 1.0" : "drop oversized"
    #expect(try decoded("\(name);x=1 1 1", as: "graphite", limits: limits) == [expected])
    // The same bytes, but every one of them has to be escaped.
    let controls = String(repeating: "\u{1}", count: length)
    let escaped = String(repeating: #"\x01"#, count: length)
    let fits = length * 4 + 4 <= 20
    #expect(
      try decoded(
        "{\"series\":\"\(String(repeating: "\\u0001", count: controls.count))\",\"labels\":{\"x\":1},\"timestamp\":1,\"value\":1}",
        as: "json", limits: limits)
        == [
          length == 0
            ? "drop not_a_metric" : fits ? "\(escaped),x=1 gauge 1000 1.0" : "drop oversized"
        ])
  }

  @Test("keys read back as the names and labels they were made of")
  func keysRoundTrip() throws {
    let texts = ["a", "a,b", "a=b", "a\\", "\\x0a", "\n", "\u{7F}", "ü", "a\\,b", "0123456789,=\\"]
    for name in texts {
      for value in texts {
        var batch = PointBatch()
        var decoder = MessageDecoder(try InputFormat(name: "json"))
        let message =
          "{\"series\":\(jsonString(name)),\"labels\":{\(jsonString(value)):\(jsonString(name))},\"timestamp\":1,\"value\":1}"
        decode(Array(message.utf8), with: &decoder, into: &batch)
        let expected = SeriesKey(name: name, labels: [.init(name: value, value: name)])
        #expect(batch.keyBytes == expected.canonical)
        #expect(SeriesKey(canonical: batch.keyBytes) == expected)
      }
    }
  }

  @Test("a byte is escaped wherever in a name it is", arguments: 1..<36)
  func escapes(_ length: Int) throws {
    for position in 0..<length {
      for special in ["=", ",", "\\", "\u{1F}", "\u{7F}", "é", " "] {
        let name =
          String(repeating: "n", count: position) + special
          + String(repeating: "m", count: length - position - 1)
        var batch = PointBatch()
        var decoder = MessageDecoder(try InputFormat(name: "json"))
        let message = "{\"series\":\(jsonString(name)),\"timestamp\":1,\"value\":1}"
        decode(Array(message.utf8), with: &decoder, into: &batch)
        #expect(batch.keyBytes == SeriesKey(name: name, labels: []).canonical)
      }
    }
  }

  @Test("points and drops carry the index of their message")
  func messageIndexes() throws {
    var batch = PointBatch()
    var decoder = MessageDecoder(try InputFormat(name: "graphite"))
    decode(Array("a 1 1".utf8), with: &decoder, index: 7, into: &batch)
    decode(Array("?".utf8), with: &decoder, index: 8, into: &batch)
    decode(Array("b 2 2".utf8), with: &decoder, index: 9, into: &batch)
    #expect(batch.points.map(\.message) == [7, 9])
    #expect(batch.drops == [Drop(message: 8, reason: .malformed)])
  }

  @Test("an unknown format and an option without a meaning are errors")
  func wrongConfiguration() {
    #expect(throws: FormatError.unknownFormat(name: "xml")) { try InputFormat(name: "xml") }
    #expect(throws: FormatError.unusedOption(option: .storeRates, format: "influx")) {
      try InputFormat(name: "influx", options: FormatOptions(storeRates: true))
    }
    #expect("\(FormatError.unknownFormat(name: "xml"))".contains("telegraf_json, influx"))
    #expect(
      "\(FormatError.unusedOption(option: .storeRates, format: "influx"))"
        .contains("auto, collectd_json"))
  }

  private func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{0}"..<" ":
        result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
