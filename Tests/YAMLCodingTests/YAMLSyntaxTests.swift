import Testing
import YAMLCoding

@Suite("Files that are not acceptable YAML")
struct YAMLSyntaxTests {
  @Test(
    "syntax errors have the same form as all others",
    arguments: [
      // a tab indents
      ("streams:\n\t- name: a", "f.yaml:2:1: streams: found character that cannot start any token"),
      // a quote is never closed
      ("streams:\n  - name: \"a", "f.yaml:2:13: streams[0].name: found unexpected end of stream"),
      // a list is never closed
      ("streams: [1, 2\nport: 3", "f.yaml:2:5: streams: did not find expected ',' or ']'"),
      // a value where a key belongs
      ("streams: []\nport", "f.yaml:3:1: could not find expected ':'"),
      ("a: 1\n b: 2", "f.yaml:2:3: mapping values are not allowed"),
      // bytes that are not text
      ("a: \u{1}", "f.yaml:1:4: the file is not valid YAML text: control characters"),
      // more than one document
      ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here"),
      // keys that are not texts
      ("[1]: 2", "f.yaml:1:1: a key must be a plain or quoted text"),
      ("\"\": 2", "f.yaml:1:1: a key must not be empty"),
      // aliases
      ("a: *b", "f.yaml:1:4: a: the alias '*b' has no anchor '&b' before it"),
      ("a: &b [*b]", "f.yaml:1:8: a[0]: the alias '*b' refers to a value that contains it"),
      ("a: {<<: 3}", "f.yaml:1:5: a: '<<' merges mappings: expected an alias of a mapping"),
      // tags
      ("a: !!int x", "f.yaml:1:4: a: 'x' can't be read with the tag"),
      ("a: !ruby/object x", "f.yaml:1:4: a: 'x' can't be read with the tag"),
      ("a: !!set {x}", "f.yaml:1:4: a: unknown tag"),
    ])
  func syntax(text: String, prefix: String) throws {
    let lines = problems([String: String].self, text)
    let first = try #require(lines.first)
    #expect(first.hasPrefix(prefix), "\(first)")
    #expect(lines.count == 1)
  }

  @Test("invalid UTF-8 is reported at its line and column")
  func invalidText() {
    let bytes = Array("a: 1\nbé: ".utf8) + [0xFF, 0xFE]
    let error = #expect(throws: YAMLError.self) {
      try YAMLDecoder(fileName: "f.yaml").decode([String: String].self, from: bytes)
    }
    #expect(error?.description.hasPrefix("f.yaml:2:5: the file is not valid YAML text") == true)
  }

  @Test("duplicate keys name the line of the first")
  func duplicates() {
    #expect(
      problems([String: [String: Int]].self, "a: {x: 1, x: 2}\nb: {}\na: {}") == [
        "f.yaml:1:11: a.x: the key 'x' is already in line 1",
        "f.yaml:3:1: a: the key 'a' is already in line 1",
      ])
  }

  @Test("aliases cannot multiply a small file into a huge one")
  func billionLaughs() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...20 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let line = try #require(problems([String: Int].self, text).first)
    #expect(line.contains("more than 100000 values, with aliases expanded"))
  }

  @Test("merge keys cannot multiply a small file into a huge one")
  func mergeBomb() throws {
    let keys = (0..<1000).map { "k\($0): 0" }.joined(separator: ", ")
    let merges = String(repeating: "- {<<: *a}\n", count: 5000)
    let line = try #require(problems([Int].self, "- &a {\(keys)}\n\(merges)").first)
    #expect(line.contains("more than 100000 merged keys"))
  }

  @Test("nesting is bounded, also through aliases")
  func depth() throws {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    #expect(problems([Int].self, deep).first?.contains("more than 64 levels") == true)
    var text = "a0: &a0 []\n"
    for level in 1...70 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(problems([Int].self, text).first?.contains("more than 64 levels") == true)
  }

  @Test("a file of many megabytes is refused before it is read")
  func size() {
    let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 5 << 20)
    #expect(throws: YAMLError.self) {
      try YAMLDecoder(fileName: "f.yaml").decode([String: String].self, from: bytes)
    }
  }

  @Test("control characters of the file never reach the terminal through an error message")
  func escapes() throws {
    let line = try #require(problems([Int].self, "- \"\\e[31m\\n\"").first)
    #expect(line.contains("\\u{1b}[31m\\n"))
  }
}
