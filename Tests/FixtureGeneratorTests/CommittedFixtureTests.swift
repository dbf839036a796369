import FixtureGenerator
import FoundationEssentials
import TestSupport
import Testing

@Suite("The committed generated fixture")
struct CommittedFixtureTests {
  private let committed = packageDirectory + "/fixtures/generated"

  @Test("generating it again gives the same bytes, on any machine")
  func byteIdentity() throws {
    let directory = try TemporaryDirectory()
    try GeneratedFixture(FixtureSpecification()).write(to: directory.path, format: .influx)
    let files = try directory.contents()
    #expect(files == ["README.md", "events.csv", "labels.csv", "metrics.influx"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: committed).sorted() == files)
    for file in files {
      let made = FileManager.default.contents(atPath: directory.path + "/" + file)
      let kept = FileManager.default.contents(atPath: committed + "/" + file)
      #expect(made != nil && made == kept, "\(file) differs")
    }
  }
}
