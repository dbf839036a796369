import Pipeline
import TestSupport
import Testing
import TimeSeries

@Suite("what stands beside a committed offset")
struct CommitMetadataTests {
  @Test(
    "a commit's metadata comes back from its text",
    arguments: [
      // Nothing happened yet.
      CommitMetadata(watermark: nil, events: []),
      // A watermark before 1970.
      CommitMetadata(watermark: -5_000, events: []),
      // Both kinds of events, in their order, at one offset.
      CommitMetadata(
        watermark: 1_700_000_000_000,
        events: [
          .init(offset: 812, kind: .model(stream: "hosts", version: 3)),
          .init(offset: 812, kind: .tick(watermark: 1_700_000_060_000)),
          .init(offset: 900, kind: .model(stream: "a-b_c", version: 4)),
        ]),
      // What was taken up of the control topic, twice.
      CommitMetadata(
        watermark: 1,
        events: [
          .init(offset: 3, kind: .control(end: 1)), .init(offset: 4, kind: .control(end: 12)),
        ]),
      // A stream whose name has the separators of an event.
      CommitMetadata(
        watermark: 0, events: [.init(offset: 1, kind: .model(stream: "a:b@c", version: 9))]),
    ])
  func roundTrip(metadata: CommitMetadata) {
    #expect(CommitMetadata(text: metadata.text) == metadata)
  }

  @Test("the text of a commit's metadata is what docs/architecture.md shows")
  func text() throws {
    let metadata = CommitMetadata(
      watermark: 1_700_000_000_000,
      events: [
        .init(offset: 812, kind: .model(stream: "hosts", version: 3)),
        .init(offset: 812, kind: .tick(watermark: 1_700_000_060_000)),
      ])
    #expect(metadata.text == "f1;w=1700000000000;m=hosts:3@812;t=1700000060000@812")
    #expect(try repositoryFile("docs/architecture.md").contains("\n    \(metadata.text)\n"))
  }

  @Test("fields of a later version's metadata are passed over")
  func unknownFields() {
    #expect(
      CommitMetadata(text: "f1;z=what;w=5;quarantine=1@2;t=6@7")
        == CommitMetadata(watermark: 5, events: [.init(offset: 7, kind: .tick(watermark: 6))]))
  }

  @Test(
    "metadata that cannot be read is absent, never half read",
    arguments: [
      "", "f2;w=5", "f1;w=", "f1;w=abc", "f1;nothing", "f1;m=hosts@5", "f1;m=hosts:x@5",
      "f1;k=-1@5", "f1;k=a@5", "f1;t=5", "f1;t=@5", "f1;t=5@", "consumer-1", "f1;;",
    ])
  func unreadable(text: String) {
    #expect(CommitMetadata(text: text) == nil)
  }

  @Test("more events than a broker takes lose the oldest")
  func bounded() throws {
    let events = (0..<500).map {
      PartitionEvent(offset: Int64($0), kind: .tick(watermark: 1_700_000_000_000 + Int64($0)))
    }
    let metadata = CommitMetadata(watermark: 1_700_000_000_000, events: events)
    #expect(metadata.text.utf8.count <= CommitMetadata.sizeMaximum)
    let read = try #require(CommitMetadata(text: metadata.text))
    #expect(read.watermark == metadata.watermark)
    #expect(read.events.count > 80)
    #expect(read.events == Array(events.suffix(read.events.count)))
  }
}
