import Testing
import YAMLCoding

@Suite("Errors in configuration files")
struct YAMLErrorTests {
  @Test(
    "a wrong value is named with place, key path, what was found and what is expected",
    arguments: [
      (
        "streams:\n  - name: cpu\n    interval: soon",
        "f.yaml:3:15: streams[0].interval: expected a whole number, found the text 'soon'"
      ),
      (
        "streams:\n  - name: cpu\n    interval: \"8\"",
        "f.yaml:3:15: streams[0].interval: expected a whole number, found the quoted text \"8\"; "
          + "remove the quotes"
      ),
      (
        "streams:\n  - name: cpu\n    interval: 1_000",
        "f.yaml:3:15: streams[0].interval: expected a whole number, found the text '1_000'; "
          + "write 1000 without underscores"
      ),
      (
        "streams:\n  - name: cpu\n    interval: 1.5",
        "f.yaml:3:15: streams[0].interval: expected a whole number, found the number 1.5"
      ),
      (
        "streams:\n  - name: cpu\n    interval: [1]",
        "f.yaml:3:15: streams[0].interval: expected a whole number, found a list"
      ),
      (
        "streams:\n  - interval: 1",
        "f.yaml:2:5: streams[0].name: the required key 'name' is missing"
      ),
      (
        "streams:\n  - name:\n    interval: 1",
        "f.yaml:2:10: streams[0].name: expected a text, found no value; "
          + "write \"\" for an empty text"
      ),
      ("streams: {}", "f.yaml:1:10: streams: expected a list, found a mapping"),
      ("streams: [8]", "f.yaml:1:11: streams[0]: expected a mapping, found the number 8"),
      (
        "streams: []\nport: 65536",
        "f.yaml:2:7: port: expected a whole number from 0 to 65535, found the number 65536"
      ),
      (
        "streams: []\nport: -1",
        "f.yaml:2:7: port: expected a whole number from 0 to 65535, found the number -1"
      ),
      (
        "streams: []\nport: 99999999999999999999999",
        "f.yaml:2:7: port: expected a whole number from 0 to 65535, "
          + "found the number 99999999999999999999999"
      ),
      (
        "streams: []\nverbose: yes",
        "f.yaml:2:10: verbose: expected true or false, found the text 'yes'; write true"
      ),
      (
        "streams: []\nkafka:\n  sasl.mechanisms: [a]",
        "f.yaml:3:20: kafka.\"sasl.mechanisms\": expected a text, found a list"
      ),
      (
        "streams:\n- {name: a, interval: 1, mode: lstn}",
        "f.yaml:2:32: streams[0].mode: expected one of lstm, naive, seasonal, "
          + "found the text 'lstn'; did you mean 'lstm'?"
      ),
      (
        "streams:\n- {name: a, interval: 1, quantiles: [1e999]}",
        "f.yaml:2:38: streams[0].quantiles[0]: the number 1e999 is too large to be represented"
      ),
      ("[]", "f.yaml:1:1: expected a mapping, found a list"),
      (
        "streams: []\nkafka: {a: \"x\\ny\", b: {}}\n",
        "f.yaml:2:23: kafka.b: expected a text, found a mapping"
      ),
    ])
  func wrongValue(text: String, expected: String) {
    #expect(problems(TestConfiguration.self, text) == [expected])
  }

  @Test("all unknown keys are reported together, in the order of the lines, with suggestions")
  func unknownKeys() {
    let text = """
      strems: 1
      streams:
        - name: cpu
          interval: 10
          mdoe: lstm
        - name: disk
          interval: 10
          frobnicate: {a: {b: 1}}
      prot: 80
      """
    #expect(
      problems(TestConfiguration.self, text) == [
        "f.yaml:1:1: strems: unknown key; possible here: kafka, port, verbose",
        "f.yaml:5:5: streams[0].mdoe: unknown key; did you mean 'mode'?",
        "f.yaml:8:5: streams[1].frobnicate: unknown key; possible here: mode, quantiles",
        "f.yaml:9:1: prot: unknown key; did you mean 'port'?",
      ])
  }

  @Test("wrong values, missing keys, duplicates and unknown keys are all reported in one run")
  func everythingAtOnce() {
    let text = """
      port: many
      verbose: maybe
      streams:
        - name: cpu
          interval: soon
          mdoe: lstm
        - interval: later
          mode: lstn
          mode: lstm
          quantiles: [0.1, x, 0.5, y]
      kafka: {a: [], b: {}, c: ok}
      prot: 80
      """
    let lines = problems(TestConfiguration.self, text)
    let places = lines.map { $0.split(separator: ": ").prefix(2).joined(separator: " ") }
    #expect(
      places == [
        "f.yaml:1:7 port",
        "f.yaml:2:10 verbose",
        "f.yaml:5:15 streams[0].interval",
        "f.yaml:6:5 streams[0].mdoe",
        "f.yaml:7:5 streams[1].name",
        "f.yaml:7:15 streams[1].interval",
        "f.yaml:8:11 streams[1].mode",
        "f.yaml:9:5 streams[1].mode",
        "f.yaml:10:22 streams[1].quantiles[1]",
        "f.yaml:10:30 streams[1].quantiles[3]",
        "f.yaml:11:12 kafka.a",
        "f.yaml:11:19 kafka.b",
        "f.yaml:12:1 prot",
      ])
  }

  struct Limited: Decodable {
    enum CodingKeys: String, CodingKey { case low, high }
    var low: Int
    var high: Int

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      low = try container.decode(Int.self, forKey: .low)
      high = try container.decode(Int.self, forKey: .high)
      if low > high {
        throw DecodingError.dataCorruptedError(
          forKey: .high, in: container, debugDescription: "must be at least 'low'")
      }
    }
  }

  @Test("an error thrown by init(from:) is reported at its key")
  func customError() {
    #expect(
      problems([String: Limited].self, "a: {low: 1, high: 2}\nb: {low: 3, high: 2}") == [
        "f.yaml:2:19: b.high: must be at least 'low'"
      ])
  }

  @Test("an error that only follows from another is left out")
  func consequences() {
    // Zero stands in for 'x' while the rest is examined; that zero is not above -1 is no news.
    #expect(
      problems([Limited].self, "- {low: x, high: -1}\n- {low: 2, high: 1}") == [
        "f.yaml:1:9: [0].low: expected a whole number, found the text 'x'",
        "f.yaml:2:18: [1].high: must be at least 'low'",
      ])
  }

  @Test("an error of another type is reported where init(from:) was called")
  func foreignError() {
    let lines = problems([String: TestInterval].self, "a: 10s\nb: 10\nc: 1x")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("f.yaml:2:4: b: '10' has no unit; write for example 10s"))
    #expect(lines[1].hasPrefix("f.yaml:3:4: c: unknown unit 'x'"))
  }

  @Test("the configuration's own findings are thrown in the same form, sorted by line")
  func ownFindings() {
    func finding(_ line: Int) -> YAMLDiagnostic {
      let position = YAMLPosition(file: "f.yaml", line: line, column: 1, keyPath: "k\(line)")
      return YAMLDiagnostic(position: position, message: "m")
    }
    #expect(
      YAMLError([finding(3), finding(1)]).description == "f.yaml:1:1: k1: m\nf.yaml:3:1: k3: m")
  }

  @Test("an unknown key of a merged mapping is reported once, where it is written")
  func mergedUnknown() {
    let text = """
      streams:
        - &base {name: a, interval: 1, extra: 2}
        - {<<: *base, name: b}
        - {<<: *base, name: c}
      """
    let lines = problems(TestConfiguration.self, text)
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("f.yaml:2:34: "))
  }

  @Test("at most fifty wrong values are listed, and decoding ends")
  func manyErrors() {
    let text = "streams:\n" + String(repeating: "- {name: a, interval: x}\n", count: 500)
    #expect(problems(TestConfiguration.self, text).count == 50)
  }
}
