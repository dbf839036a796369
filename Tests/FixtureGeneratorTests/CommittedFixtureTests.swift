import FixtureGenerator
import FoundationEssentials
import Testing

@Suite("The committed generated fixture")
struct CommittedFixtureTests {
  private let committed = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures/generated").path

  @Test("generating it again gives the same bytes, on any machine")
  func byteIdentity() throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "forecastd-generated-\(UUID().uuidString)").path
    defer {
      do {
        try FileManager.default.removeItem(atPath: directory)
      } catch {
        Issue.record(error)
      }
    }
    try GeneratedFixture(FixtureSpecification()).write(to: directory, format: .influx)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(files == ["README.md", "events.csv", "labels.csv", "metrics.influx"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: committed).sorted() == files)
    for file in files {
      let made = FileManager.default.contents(atPath: directory + "/" + file)
      let kept = FileManager.default.contents(atPath: committed + "/" + file)
      #expect(made != nil && made == kept, "\(file) differs")
    }
  }
}
