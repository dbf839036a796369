import Notation
import Testing
import YAMLCoding

@Suite("Decoding of well-formed files")
struct YAMLDecoderTests {
  @Test("a configuration arrives as written")
  func configuration() throws {
    let value = try decode(
      TestConfiguration.self,
      """
      # comment
      streams:
        - name: cpu
          interval: 10
          mode: lstm
          quantiles: [0.1, .5, 9e-1]
        - {name: "disk", interval: 0x3C}
      kafka:
        bootstrap.servers: localhost:9092
        socket.nagle.disable: true
        fetch.wait.max.ms: 8080
        quoted: "8"
      port: 8080
      verbose: False
      """)
    #expect(
      value
        == TestConfiguration(
          streams: [
            .init(name: "cpu", interval: 10, mode: .lstm, quantiles: [0.1, 0.5, 0.9]),
            .init(name: "disk", interval: 60, mode: nil, quantiles: nil),
          ],
          kafka: [
            "bootstrap.servers": "localhost:9092", "socket.nagle.disable": "true",
            "fetch.wait.max.ms": "8080", "quoted": "8",
          ],
          port: 8080, verbose: false))
  }

  @Test("a key without a value is an absent optional")
  func emptyOptional() throws {
    let value = try decode(TestConfiguration.self, "streams: []\nkafka:\nport: ~\n")
    #expect(value.kafka == nil && value.port == nil)
  }

  struct Optionals: Decodable { var a: Int? }

  @Test(
    "a file without content is a mapping without keys", arguments: ["", "# only this\n", "---\n"])
  func emptyFile(text: String) throws {
    #expect(try decode(Optionals.self, text).a == nil)
  }

  @Test("dictionaries keep their typed values")
  func dictionaries() throws {
    #expect(try decode([String: [Int]].self, "a: [1, 2]\nb.c: []") == ["a": [1, 2], "b.c": []])
    #expect(try decode([Int: String].self, "1: x\n2: y") == [1: "x", 2: "y"])
  }

  @Test(
    "numbers follow the core schema of YAML 1.2",
    arguments: [
      ("0", 0), ("-0", 0), ("0777", 777), ("0o17", 15), ("0xff", 255), ("+12", 12), ("-7.5", -7.5),
      ("1e3", 1000), (".5", 0.5), ("5.", 5), (".inf", .infinity), ("-.INF", -.infinity),
      ("!!float 3", 3), ("18446744073709551616", 18_446_744_073_709_551_616),
    ])
  func numbers(text: String, expected: Double) throws {
    #expect(try decode([Double].self, "- \(text)") == [expected])
  }

  @Test("whole numbers reach the ends of their types")
  func integerBounds() throws {
    #expect(try decode([Int].self, "[\(Int.min), \(Int.max)]") == [.min, .max])
    #expect(try decode([UInt64].self, "[\(UInt64.max), 0]") == [.max, 0])
    #expect(try decode([Int8].self, "[-128, 127]") == [.min, .max])
  }

  @Test("tags choose the type")
  func tags() throws {
    #expect(try decode([String].self, "[!!str 8, ! 9, !!str true]") == ["8", "9", "true"])
    #expect(try decode([Int].self, "[!!int \"8\"]") == [8])
  }

  @Test("quoted and block texts are unescaped")
  func texts() throws {
    let text = "- 'it''s'\n- \"a\\tb\\u00e9\"\n- |\n  one\n  two\n- >-\n  three\n  four\n"
    let expected = ["it's", "a\tbé", "one\ntwo\n", "three four"]
    #expect(try decode([String].self, text) == expected)
  }

  @Test("aliases repeat a value and merge keys bring defaults that the mapping's own keys override")
  func aliases() throws {
    let value = try decode(
      TestConfiguration.self,
      """
      streams:
        - &base
          name: cpu
          interval: 10
          mode: naive
        - <<: *base
          name: disk
        - *base
        - <<: [{interval: 5}, *base]
          name: net
      """)
    #expect(value.streams.map(\.name) == ["cpu", "disk", "cpu", "net"])
    #expect(value.streams.map(\.interval) == [10, 10, 10, 5])
    #expect(value.streams[3].mode == .naive)
  }

  struct Reader: Decodable {
    static let key = CodingUserInfoKey(rawValue: "factor")
    var scaled: Int

    init(from decoder: any Decoder) throws {
      let factor = try #require(Self.key.flatMap { decoder.userInfo[$0] as? Int })
      scaled = try decoder.singleValueContainer().decode(Int.self) * factor
    }
  }

  @Test("the caller's user info reaches init(from:)")
  func userInfo() throws {
    let key = try #require(Reader.key)
    let decoder = YAMLDecoder(fileName: "f.yaml", userInfo: [key: 3])
    #expect(try decoder.decode([Reader].self, from: Array("[1, 2]".utf8)).map(\.scaled) == [3, 6])
  }

  struct Union: Decodable, Equatable {
    var seconds: Int

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do {
        seconds = try container.decode(Int.self)
      } catch {
        let duration = try DurationNotation.parse(container.decode(String.self))
        seconds = Int(duration.components.seconds)
      }
    }
  }

  @Test("a type that tries several forms is not an error when one fits")
  func unions() throws {
    #expect(try decode([Union].self, "[3, 5m]").map(\.seconds) == [3, 300])
    #expect(
      problems([Union].self, "[3, 5x]") == [
        "f.yaml:1:5: [1]: unknown unit 'x' in '5x'; the units are d, h, m, s, ms, us, ns"
      ])
  }

  class Base: Decodable { var a: Int }
  final class Derived: Base {
    enum CodingKeys: CodingKey { case b }
    var b: Int

    required init(from decoder: any Decoder) throws {
      b = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .b)
      try super.init(from: decoder)
    }
  }

  @Test("two views of one mapping share its keys")
  func sharedMapping() throws {
    let value = try decode(Derived.self, "a: 1\nb: 2")
    #expect(value.a == 1 && value.b == 2)
    #expect(problems(Derived.self, "a: 1\nb: 2\nc: 3").count == 1)
  }

  struct Nested: Decodable {
    enum Outer: CodingKey { case inner, list }
    enum Inner: CodingKey { case x }
    var x: Int
    var pairs: [[Int]] = []

    init(from decoder: any Decoder) throws {
      let outer = try decoder.container(keyedBy: Outer.self)
      x = try outer.nestedContainer(keyedBy: Inner.self, forKey: .inner).decode(
        Int.self, forKey: .x)
      var list = try outer.nestedUnkeyedContainer(forKey: .list)
      while !list.isAtEnd {
        var pair = try list.nestedUnkeyedContainer()
        pairs.append([try pair.decode(Int.self), try pair.decode(Int.self)])
      }
    }
  }

  @Test("nested containers are followed, and their unknown keys found")
  func nested() throws {
    let value = try decode(Nested.self, "inner: {x: 1}\nlist: [[1, 2], [3, 4]]")
    #expect(value.x == 1 && value.pairs == [[1, 2], [3, 4]])
    #expect(
      problems(Nested.self, "inner: {x: 1, y: 2}\nlist: []") == [
        "f.yaml:1:15: inner.y: unknown key"
      ])
    #expect(
      problems(Nested.self, "inner: {x: 1}\nlist: [[1]]") == [
        "f.yaml:2:8: list[0]: expected more than 1 elements in the list"
      ])
  }
}
