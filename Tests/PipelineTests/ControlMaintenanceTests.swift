import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("maintenance windows in the control topic")
struct ControlMaintenanceTests {
  private static let window = 400..<600

  private func time(_ step: Int) -> Milliseconds { Rig.start + Int64(step) * Rig.interval }

  private var record: ControlRecord {
    .maintenance(
      MaintenanceRecord(
        id: "disks", from: time(Self.window.lowerBound), to: time(Self.window.upperBound),
        stream: "all", series: "p0-0", effect: .suppress))
  }

  private enum Interruption {
    case none, crashWithin, crashBefore, withoutSnapshot, endedEarly, neverPlanned

    var isCrash: Bool { self == .crashWithin || self == .crashBefore || self == .withoutSnapshot }
  }

  private func told(_ interruption: Interruption) throws -> ControlStory {
    let story = try ControlStory()
    let hasSnapshots = interruption != .withoutSnapshot
    var worker = try story.process(hasSnapshots: hasSnapshots).worker()
    try story.feed(0..<300, &worker)
    if interruption == .crashBefore { try worker.shutDown() }
    if interruption != .neverPlanned { try story.say(record, to: &worker) }
    try story.feed(300..<500, &worker)
    if interruption == .crashWithin { try worker.shutDown() }
    if interruption == .endedEarly {
      story.control.append(record.key, nil)
      try story.say(to: &worker)
    }
    if interruption.isCrash { worker = try story.process(hasSnapshots: hasSnapshots).worker() }
    try story.feed(500..<900, &worker)
    return story
  }

  private func openings(_ story: ControlStory, _ series: String, _ steps: Range<Int>) -> Int {
    story.records.count { record in
      record.topic == .anomalies && text(record.key) == series
        && text(record.value).contains(#""event":"open""#)
        && (time(steps.lowerBound)...time(steps.upperBound)).contains(
          Int64(number("time", in: record) ?? 0))
    }
  }

  @Test("a window suppresses the incidents of its series, until it ends or is called off")
  func effect() throws {
    let (without, with, ended) = (
      try told(.neverPlanned), try told(.none), try told(.endedEarly)
    )
    print(
      "openings without, with, ended early:", openings(without, "p0-0", Self.window),
      openings(with, "p0-0", Self.window), openings(ended, "p0-0", Self.window))
    #expect(openings(without, "p0-0", Self.window) > 0)
    #expect(openings(with, "p0-0", Self.window) == 0)
    // Another series of the stream is judged as before, though what they share may differ.
    #expect(openings(with, "p0-1", 300..<900) > 0)
    #expect(transcript(ended.records) != transcript(with.records))
  }

  @Test("crashes and replays within a window give the same bytes")
  func crashes() throws {
    let expected = try told(.none).transcripts()
    for interruption in [Interruption.crashBefore, .crashWithin, .withoutSnapshot] {
      let story = try told(interruption)
      expectSame(story.transcripts(), expected, "\(interruption)")
      #expect(story.warnings.isEmpty)
    }
  }
}
