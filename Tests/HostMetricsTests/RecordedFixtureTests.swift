import HostMetrics
import TestSupport
import Testing

@Suite("The recording of a machine at work")
struct RecordedFixtureTests {
  @Test("the bundled recording has two hours, a grid of two seconds, and its command's fields")
  func recording() throws {
    let readme = try repositoryFile("fixtures/README.md")
    let option = try #require(readme.firstRange(of: "--fields "))
    let selected = readme[option.upperBound...].prefix { !$0.isWhitespace }.split(separator: ",")
    _ = try FieldSelection(parsing: selected.map(String.init))

    var instants: Set<Int64> = []
    var fields: Set<String> = []
    let recording = try repositoryFile("fixtures/host/build-machine.influx")
    for line in recording.utf8.split(separator: UInt8(ascii: "\n")) {
      let words = Substring(line).split(separator: " ")
      try #require(words.count == 3)
      instants.insert(try #require(Int64(words[2])))
      let measurement = words[0].prefix { $0 != "," }
      for field in words[1].split(separator: ",") {
        fields.insert("\(measurement).\(field.prefix { $0 != "=" })")
      }
    }
    #expect(fields == Set(selected.map(String.init)))

    let interval: Int64 = 2_000_000_000
    let first = try #require(instants.min())
    let last = try #require(instants.max())
    #expect(first % interval == 0)
    #expect(last - first >= 7_200_000_000_000)
    #expect(instants == Set(stride(from: first, through: last, by: Int(interval)).map { $0 }))
  }
}
