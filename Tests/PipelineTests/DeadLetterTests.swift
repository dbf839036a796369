import Metrics
import Pipeline
import PipelineTesting
import Testing
import TimeSeries

@Suite("what a worker refuses")
struct DeadLetterTests {
  private static let now = Rig.start + 100_000

  /// A message, and the reason it is refused for.
  private static let refused: [(value: String, reason: DropReason)] = [
    // Bytes that are no JSON.
    (#"{"series":"a","#, .malformed),
    ("\u{0}\u{1}garbage", .malformed),
    // JSON that is no metric.
    (#"{"hello":"world"}"#, .notAMetric),
    // A number that no Float64 holds.
    (#"{"series":"wave0","timestamp":\#(now),"value":1e999}"#, .notFinite),
    // Its bucket closed long ago.
    (point("wave0", time: now - 90_000, value: 1), .late),
    // An hour ahead of the broker's clock.
    (point("wave0", time: now + 3_600_000, value: 1), .future),
    // A third series where two are allowed.
    (point("wave2", time: now, value: 1), .seriesLimit),
    // A series that no stream takes, twice: the second time it is known to be one. The input asks
    // for dead letters of such.
    (point("other", time: now, value: 1), .unmatched),
    (point("other", time: now, value: 1), .unmatched),
  ]

  private func settings() throws -> PipelineSettings {
    var limited = try stream("waves", ["wave*"])
    limited.seriesMaximum = 2
    return untimedPipeline(limited)
  }

  @Test("each refused message is one dead letter with its bytes, its place and its reason")
  func deadLetters() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<100, seed: 3, isClean: true)
    for refused in Self.refused {
      log.append(key: "k", value: refused.value, recordTime: Self.now)
    }
    let rig = Rig(
      try settings(), log: log, clock: ManualClock(milliseconds: Self.now + 5_000))
    rig.refusesUnmatched = true
    var worker = rig.worker()
    try worker.runToEnd()
    let letters = rig.records(of: .deadLetters)
    #expect(letters.count == Self.refused.count)
    for ((offset, refused), letter) in zip(Self.refused.enumerated(), letters) {
      #expect(letter.value == Array(refused.value.utf8))
      #expect(text(letter.key) == "k")
      #expect(letter[header: "reason"] == refused.reason.name, "\(refused.value)")
      #expect(letter[header: "detail"] == nil, "that is for further reasons")
      #expect(letter[header: "source-topic"] == "metrics")
      #expect(letter[header: "source-partition"] == "0")
      #expect(letter[header: "source-offset"] == "\(200 + offset)")
      #expect(letter[header: "original-size"] == "\(refused.value.utf8.count)")
      #expect(letter[header: "truncated"] == "false")
      #expect(letter.timestamp == Self.now)
    }
    for reason in [DropReason.malformed, .late, .future, .notFinite, .seriesLimit, .unmatched] {
      let expected = Self.refused.filter { $0.reason == reason }.count
      #expect(rig.metrics.drops[reason] == UInt64(expected), "\(reason)")
    }
  }

  @Test("garbage between the points changes no forecast and no anomaly")
  func nothingStops() throws {
    func run(withGarbage: Bool) throws -> Rig {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      for step in 0..<120 {
        log.appendWaves(series: 2, steps: step..<step + 1, seed: 3, isClean: true)
        guard withGarbage, step > 100 else { continue }
        for refused in Self.refused {
          log.append(value: refused.value, recordTime: Rig.start + Int64(step) * 1_000)
        }
      }
      let rig = Rig(try settings(), log: log)
      rig.refusesUnmatched = true
      var worker = rig.worker()
      try worker.runToEnd()
      return rig
    }
    let clean = try run(withGarbage: false)
    let dirty = try run(withGarbage: true)
    expectSame(
      transcript(dirty.records, of: [.forecasts, .anomalies]),
      transcript(clean.records, of: [.forecasts, .anomalies]))
    #expect(dirty.records(of: .deadLetters).count == 19 * Self.refused.count)
  }

  @Test("a message with several faults is one dead letter that names them all")
  func severalReasons() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.append(value: point("wave0", time: Self.now, value: 1), recordTime: Self.now)
    let late = point("wave0", time: Self.now - 90_000, value: 1)
    let future = point("wave0", time: Self.now + 3_600_000, value: 1)
    let fine = point("wave0", time: Self.now + 1_000, value: 2)
    log.append(value: "[\(late),\(fine),\(future)]", recordTime: Self.now)
    let rig = Rig(try settings(), log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let letter = try #require(rig.records(of: .deadLetters).first)
    #expect(rig.records(of: .deadLetters).count == 1)
    #expect(letter[header: "reason"] == "late")
    #expect(letter[header: "detail"] == "also future")
    #expect(rig.metrics.points.inTime == 2)
  }

  @Test("a long message is cut, and its headers say so")
  func truncated() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    let long = String(repeating: "x", count: 5_000)
    log.append(value: long, recordTime: Self.now)
    var settings = try settings()
    settings.deadLetterBytesMaximum = 64
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    let letter = try #require(rig.records(of: .deadLetters).first)
    #expect(text(letter.value) == String(repeating: "x", count: 64))
    #expect(letter[header: "original-size"] == "5000")
    #expect(letter[header: "truncated"] == "true")
  }

  @Test("a dead letter is cut to what its topic takes; one that cannot fit is only logged")
  func fitting() throws {
    let long = String(repeating: "x", count: 5_000)
    for (room, key, expected) in [(400, "k", true), (400, String(long), false), (50, "k", false)] {
      let log = MemoryLog(topic: "metrics", partitionCount: 1)
      log.append(key: key, value: long, recordTime: Self.now)
      let rig = Rig(try settings(), log: log)
      var worker = rig.worker()
      try #require(rig.sink).bytesMaximum[.deadLetters] = room
      try worker.runToEnd()
      let letters = rig.records(of: .deadLetters)
      #expect(letters.count == (room == 50 ? 0 : 1))
      if let letter = letters.first {
        // A key that is too long is left out, since a part of it would be another key.
        #expect(letter.key.isEmpty == !expected)
        let headers = RecordHeaders(letter.headers).byteCount
        #expect(letter.key.count + letter.value.count + headers <= room)
        #expect(letter.value.count > 100 && letter[header: "truncated"] == "true")
      }
      #expect(rig.metrics.drops[.malformed] == 1)
      #expect(log.committed[log.ids[0]]?.offset == 1)
    }
  }

  @Test("an output that its topic refuses is a dead letter with its place and its reason")
  func refusedOutput() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 1, steps: 0..<40, seed: 3, isClean: true)
    let rig = Rig(try settings(), log: log)
    var worker = rig.worker()
    let sink = try #require(rig.sink)
    sink.bytesMaximum[.forecasts] = 10
    try worker.runToEnd()
    #expect(rig.records(of: .forecasts).isEmpty)
    let letter = try #require(rig.records(of: .deadLetters).last)
    #expect(text(letter.key) == "wave0")
    #expect(text(letter.value).hasPrefix(#"{"series":"wave0""#))
    #expect(letter[header: "reason"] == "refused")
    #expect(letter[header: "source-topic"] == "metrics")
    #expect(letter[header: "source-offset"] == "39")
    #expect(letter[header: "detail"] == "forecasts: too large")
    #expect(log.committed[log.ids[0]]?.offset == 40)
  }

  @Test("what an abort takes back is counted once, with the commit that publishes it")
  func countedOnce() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<100, seed: 3)
    for refused in Self.refused { log.append(value: refused.value, recordTime: Self.now) }
    func run(aborts: Int) throws -> Rig {
      let rig = Rig(try settings(), log: log)
      log.forgetCommits()
      var worker = rig.worker()
      let sink = try #require(rig.sink)
      sink.scriptedCommitErrors = Array(repeating: .abortTransaction("scripted"), count: aborts)
      try worker.runToEnd()
      #expect(sink.abortCount == aborts)
      return rig
    }
    let (calm, rough) = (try run(aborts: 0), try run(aborts: 3))
    for family in [
      "forecastd_drops_total", "forecastd_points_total", "forecastd_forecasts_by_forecaster_total",
    ] {
      #expect(rough.counts(of: family) == calm.counts(of: family), "\(family)")
    }
    #expect(calm.metrics.drops[.malformed] > 1)
    #expect(rough.metrics.forecasts.value == UInt64(rough.records(of: .forecasts).count))
    #expect(rough.metrics.forecastBytes.value == calm.metrics.forecastBytes.value)
    #expect(rough.metrics.anomalies.value == calm.metrics.anomalies.value)
  }

  @Test("where dead letters are off, refusals are counted and their offsets committed")
  func disabled() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for _ in 0..<5 { log.append(value: "garbage", recordTime: Self.now) }
    var settings = try settings()
    settings.sendsDeadLetters = false
    let rig = Rig(settings, log: log)
    var worker = rig.worker()
    try worker.runToEnd()
    #expect(rig.records.isEmpty)
    #expect(rig.metrics.drops[.malformed] == 5)
    #expect(log.committed[log.ids[0]]?.offset == 5)
  }
}
