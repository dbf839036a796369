import FoundationEssentials
import HostMetrics
import Testing

@Suite("The recording of a machine at work")
struct RecordedFixtureTests {
  private let fixtures = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures")

  private func text(_ path: String) throws -> String {
    try String(contentsOf: fixtures.appending(path: path), encoding: .utf8)
  }

  @Test("it spans two hours on a grid of two seconds, with the fields its command selects")
  func recording() throws {
    let readme = try text("README.md")
    let option = try #require(readme.firstRange(of: "--fields "))
    let selected = readme[option.upperBound...].prefix { !$0.isWhitespace }.split(separator: ",")
    _ = try FieldSelection(parsing: selected.map(String.init))

    var instants: Set<Int64> = []
    var fields: Set<String> = []
    for line in try text("host/build-machine.influx").utf8.split(separator: UInt8(ascii: "\n")) {
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
