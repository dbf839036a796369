import MetricFormats
import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

@Suite("feedback in the control topic")
struct ControlTests {
  private static let complained = ["p0-0", "p0-1", "p0-2", "p0-3"]

  /// A story without an interruption: feedback between steps 300 and 301, more at 500, one taken back.
  private func uninterrupted() throws -> ControlStory {
    let story = try ControlStory()
    var worker = try story.process().worker()
    try first(story, &worker)
    try second(story, &worker)
    try third(story, &worker)
    return story
  }

  private func first(_ story: ControlStory, _ worker: inout Worker) throws {
    try story.feed(0..<300, &worker)
  }

  private func second(_ story: ControlStory, _ worker: inout Worker) throws {
    try story.complain(of: Self.complained, to: &worker)
    try story.feed(300..<500, &worker)
    story.control.append("feedback/p0-1-0", nil)
    try story.say(
      .feedback(FeedbackRecord(series: "p0-2", label: .missed, from: 5)), to: &worker)
    try story.feed(500..<600, &worker)
  }

  /// A series begins of which feedback was given before.
  private func third(_ story: ControlStory, _ worker: inout Worker) throws {
    try story.feed(600..<900, &worker, series: 4)
  }

  @Test("feedback is taken up at an offset, which stands in the metadata of the commit")
  func event() throws {
    let story = try uninterrupted()
    #expect(
      story.events() == [
        PartitionEvent(offset: 900, kind: .control(end: 16)),
        PartitionEvent(offset: 1_500, kind: .control(end: 18)),
      ])
    #expect(story.warnings.isEmpty)
  }

  @Test("false alarms make their series stricter, and no other")
  func effect() throws {
    func told(_ complained: [String]) throws -> ControlStory {
      let story = try ControlStory(partitionCount: 2)
      var worker = try story.process().worker()
      try story.feed(0..<300, &worker)
      try story.complain(of: complained, to: &worker)
      try story.feed(300..<900, &worker)
      return story
    }
    let (with, without) = (try told(["p0-0", "p0-1", "p0-2"]), try told([]))
    print("openings with and without:", with.openings("p0"), without.openings("p0"))
    #expect(with.openings("p0") * 3 < without.openings("p0") * 2)
    func others(_ story: ControlStory) -> [String] {
      transcriptBySeries(story.records.filter { text($0.key).hasPrefix("p1") })
    }
    expectSame(others(with), others(without))
  }

  @Test(
    "after a crash the outputs go on byte for byte, from a snapshot before the feedback and from one after it",
    arguments: [1, 2])
  func crash(snapshotAfter: Int) throws {
    let story = try ControlStory()
    var worker = try story.process().worker()
    try first(story, &worker)
    if snapshotAfter == 1 { try worker.shutDown() }
    try second(story, &worker)
    if snapshotAfter == 2 {
      try worker.shutDown()
      // What the snapshot has of the control topic it needs no more.
      story.control.compact()
    }
    // It has committed everything and no more: this is where it ends.
    var next = try story.process().worker()
    try third(story, &next)
    expectSame(story.transcripts(), try uninterrupted().transcripts())
    #expect(story.warnings.isEmpty, "\(story.warnings)")
  }

  @Test("without a snapshot the log and the control topic give the same")
  func fromTheLog() throws {
    let story = try ControlStory()
    var worker = try story.process(hasSnapshots: false).worker()
    try first(story, &worker)
    try second(story, &worker)
    var next = try story.process(hasSnapshots: false).worker()
    try third(story, &next)
    expectSame(story.transcripts(), try uninterrupted().transcripts())
    #expect(story.events().count == 2)
  }

  @Test("a rebalance to another process keeps the feedback", arguments: [true, false])
  func rebalance(hasSnapshots: Bool) throws {
    let story = try ControlStory()
    let rig = try story.process(hasSnapshots: hasSnapshots)
    var worker = rig.worker()
    try first(story, &worker)
    try second(story, &worker)
    rig.source.scriptedRebalances = [.revoked(story.log.ids)]
    try worker.run(turns: 1)
    var other = try story.process(hasSnapshots: hasSnapshots).worker()
    try third(story, &other)
    expectSame(story.transcripts(), try uninterrupted().transcripts())
  }

  @Test("a partition that comes back to its process goes on with what it has taken up")
  func comesBack() throws {
    let story = try ControlStory()
    let rig = try story.process()
    var worker = rig.worker()
    try first(story, &worker)
    try second(story, &worker)
    rig.source.scriptedRebalances = [.revoked(story.log.ids), .assigned(story.log.ids)]
    try worker.run(turns: 3)
    try third(story, &worker)
    expectSame(story.transcripts(), try uninterrupted().transcripts())
    // The snapshots of the revocation know of the first.
    #expect(story.events() == [PartitionEvent(offset: 1_500, kind: .control(end: 18))])
  }

  @Test("transactions that abort change nothing of it", arguments: [1, 2, 3] as [UInt64])
  func aborts(seed: UInt64) throws {
    let story = try ControlStory()
    let rig = try story.process()
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    var random = SplitMix(seed: seed)
    sink.onCommit = { [weak sink] _ in
      if random.uniform() < 0.3 {
        sink?.scriptedCommitErrors = [.abortTransaction("scripted, seed \(seed)")]
      }
    }
    try first(story, &worker)
    try second(story, &worker)
    // What was taken up may wait for the next commit that succeeds.
    try worker.run(turns: 20)
    try third(story, &worker)
    #expect(sink.abortCount > 5)
    expectSame(story.transcripts(), try uninterrupted().transcripts(), "seed \(seed)")
  }

  @Test("a crash before the commit that names them leaves the records to the next process")
  func crashBeforeCommit() throws {
    let story = try ControlStory()
    let rig = try story.process()
    var worker = rig.worker()
    try first(story, &worker)
    let sink = try #require(rig.sink)
    sink.onCommit = { [weak sink] _ in sink?.scriptedCommitErrors = [.abortTransaction("never")] }
    try story.complain(of: Self.complained, to: &worker)
    #expect(story.events().isEmpty)
    var next = try story.process().worker()
    try next.runToEnd()
    try next.run(turns: 2)
    #expect(story.events() == [PartitionEvent(offset: 900, kind: .control(end: 16))])
    try story.feed(300..<400, &next)
    #expect(story.events().count == 1)
  }

  @Test("a partition that nobody has read begins with all that was said before its first record")
  func newPartition() throws {
    func told(hasControl: Bool, crashes: Bool) throws -> ControlStory {
      let story = try ControlStory()
      for name in Self.complained {
        for number in 0..<4 { story.control.append(.falseAlarm(name, number)) }
      }
      var worker = try story.process(hasSnapshots: false, hasControl: hasControl).worker()
      try story.feed(0..<500, &worker)
      if crashes {
        worker = try story.process(hasSnapshots: false, hasControl: hasControl).worker()
      }
      try story.feed(500..<900, &worker)
      return story
    }
    let story = try told(hasControl: true, crashes: false)
    #expect(story.events() == [PartitionEvent(offset: 0, kind: .control(end: 16))])
    expectSame(try told(hasControl: true, crashes: true).transcripts(), story.transcripts())
    #expect(story.openings() < (try told(hasControl: false, crashes: false)).openings())
  }

  @Test("what is taken back holds no longer, though nothing of it is left in the topic")
  func takenBack() throws {
    let story = try ControlStory()
    var worker = try story.process().worker()
    try story.feed(0..<100, &worker)
    try story.say(.falseAlarm("p0-0", 0), to: &worker)
    try worker.shutDown()
    story.control.append("feedback/p0-0-0", nil)
    let end = story.control.end
    story.control.append(.falseAlarm("else", 0))
    story.control.compact()
    var next = try story.process().worker()
    try next.run(turns: 3)
    #expect(story.events().last == PartitionEvent(offset: 300, kind: .control(end: end + 1)))
    try story.feed(100..<600, &next)
    // As if nobody had ever said anything.
    let reference = try ControlStory()
    var other = try reference.process().worker()
    try reference.feed(0..<100, &other)
    try reference.feed(100..<600, &other)
    expectSame(story.transcripts(), reference.transcripts())
  }

  @Test("where the topic is disabled, what a snapshot has of it does not hold")
  func disabled() throws {
    let story = try ControlStory()
    var worker = try story.process().worker()
    try story.feed(0..<100, &worker)
    try story.complain(of: Self.complained, to: &worker)
    try worker.shutDown()
    var next = try story.process(hasControl: false).worker()
    try story.feed(100..<600, &next)
    let reference = try ControlStory()
    var other = try reference.process().worker()
    try reference.feed(0..<100, &other)
    try reference.feed(100..<600, &other)
    expectSame(story.transcripts(), reference.transcripts())
    #expect(story.warnings.isEmpty)
  }

  @Test("a topic that was made anew is taken up from its beginning, with a warning")
  func madeAnew() throws {
    let story = try ControlStory()
    var worker = try story.process().worker()
    try story.feed(0..<100, &worker)
    try story.complain(of: Self.complained, to: &worker)
    try worker.shutDown()
    let other = MemoryControl()
    other.append(.falseAlarm("p0-0", 0))
    let rig = try story.process()
    rig.control = other.reader()
    var next = rig.worker()
    try next.run(turns: 3)
    #expect(story.events().last == PartitionEvent(offset: 300, kind: .control(end: 1)))
    #expect(story.warnings.count == 1 && story.warnings.first?.contains("made anew") == true)
  }

  @Test("more records than anybody needs are bounded, and the newest count")
  func bounded() throws {
    let control = ControlLog { (name) throws(TimeSeriesError) in
      throw .timeZone(name: name, problem: "is not known here")
    }
    for number in 0..<33_500 {
      let record = ControlRecord.falseAlarm("p0-\(number % 5)", number)
      _ = control.append(
        ControlSource(
          offset: Int64(number), time: Rig.start, key: Array(record.key.utf8), value: record.json))
      if number % 1_000 == 0 { #expect(control.heldCount <= 32_768) }
    }
    control.reachEnd(at: 33_500)
    #expect((4_096...32_768).contains(control.heldCount))
    // Long ones are bounded by their bytes.
    let note = String(repeating: "x", count: 7_000)
    for number in 0..<2_600 {
      let record = ControlRecord.feedback(
        FeedbackRecord(series: "long", label: .real, incident: "long-\(number)", note: note))
      _ = control.append(
        ControlSource(
          offset: Int64(33_500 + number), time: Rig.start, key: Array(record.key.utf8),
          value: record.json))
    }
    #expect(control.heldCount < 2_600 && control.position == 36_100)
    let story = try ControlStory()
    let rig = try story.process()
    rig.control = control
    var worker = rig.worker()
    try story.feed(0..<50, &worker)
    #expect(story.events() == [PartitionEvent(offset: 0, kind: .control(end: 36_100))])
  }

  @Test("a flood of records is a commit a second and no event for those that cannot be read")
  func flood() throws {
    let story = try ControlStory()
    let rig = try story.process()
    var worker = rig.worker()
    try story.feed(0..<50, &worker)
    try story.say(.falseAlarm("p0-0", 0), to: &worker)
    let commits = try #require(rig.sink).commitCount
    for number in 0..<20_000 {
      let outcome = story.control.append("feedback/\(number)", Array("nonsense \(number)".utf8))
      if number == 0 { #expect(outcome == [.unreadable]) }
    }
    for number in 0..<200 {
      story.control.append(.falseAlarm("s\(number)", 0))
      try worker.run(turns: 1)
    }
    #expect(rig.sink?.commitCount == commits)
    for _ in 0..<200 {
      story.clock.advance(milliseconds: 1_000)
      try worker.run(turns: 1)
    }
    #expect(story.events().count == 1, "all at one offset")
    #expect(try #require(rig.sink).commitCount - commits <= 2)
  }
}
