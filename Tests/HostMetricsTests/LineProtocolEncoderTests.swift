import HostMetrics
import Testing

@Suite("Line protocol of host samples")
struct LineProtocolEncoderTests {
  private func line(
    tags: [HostSample.Tag], fields: [HostSample.Field] = [.init("load1", .float(0.5))]
  ) -> String {
    var bytes: [UInt8] = []
    LineProtocolEncoder().append(
      HostSample(.system, tags: tags, fields: fields, timestampNanoseconds: 17), to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("tags are sorted, integers carry an i, floats do not")
  func plain() {
    #expect(
      line(
        tags: [.init("name", "vda"), .init("host", "a")],
        fields: [.init("reads", .integer(-3)), .init("share", .float(12.5))])
        == "system,host=a,name=vda reads=-3i,share=12.5 17\n")
  }

  @Test(
    "what would end a tag is escaped",
    arguments: [
      ("a b", #"a\ b"#),
      ("a,b=c", #"a\,b\=c"#),
      (#"a\b"#, #"a\b"#),
      // A backslash at the end would escape the blank after the tags.
      (#"a\\"#, "a"),
      ("a\nb\tc\rd", #"a\nb\tc\rd"#),
      (#"say "x""#, #"say\ "x""#),
      ("müsli", "müsli"),
    ])
  func escaping(value: String, expected: String) {
    #expect(line(tags: [.init("host", value)]) == "system,host=\(expected) load1=0.5 17\n")
  }

  @Test("tag keys and field names are escaped too")
  func keys() {
    #expect(
      line(tags: [.init("a b", "c")], fields: [.init("x=y", .integer(1))])
        == #"system,a\ b=c x\=y=1i 17"# + "\n")
  }

  @Test("an empty tag value is left out", arguments: ["", #"\"#])
  func emptyTag(value: String) {
    #expect(line(tags: [.init("host", value)]) == "system load1=0.5 17\n")
  }

  @Test("numbers that line protocol cannot write are left out, with the line when none is left")
  func nonFinite() {
    #expect(
      line(tags: [], fields: [.init("a", .float(.nan)), .init("b", .float(2))])
        == "system b=2.0 17\n")
    #expect(line(tags: [], fields: [.init("a", .float(.infinity))]) == "")
    #expect(line(tags: [], fields: []) == "")
  }
}
