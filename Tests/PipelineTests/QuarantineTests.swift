import Metrics
import Pipeline
import PipelineTesting
import TestSupport
import Testing
import TimeSeries

/// The end of a process, as a crash brings it about: nothing is cleaned up.
private struct Crash: Error {}

/// Whether the consumer crashes at the message.
private func isPoison(_ message: InputMessage) -> Bool {
  !message.isQuarantined && text(Array(message.value)).contains("poison")
}

@Suite("a record that brings its thread down")
struct QuarantineTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func attemptLog(_ clock: any PipelineClock = SystemClock()) -> AttemptLog {
    AttemptLog(
      path: directory.path + "/worker-0", slowMilliseconds: 50_000, clock: clock, log: .silent)
  }

  /// One run of a process: it polls, crashes at poison, and otherwise commits at once.
  ///
  /// - Returns: the offsets that were quarantined.
  private func run(_ log: MemoryLog, ends: Int? = nil) throws -> [Int64] {
    let attempts = attemptLog()
    let source = CarefulSource(MemorySource(log: log), attempts: attempts)
    var quarantined: [Int64] = []
    var messages: [InputMessage] = []
    var turns = 0
    while true {
      messages.removeAll()
      switch try source.poll(BatchLimits(), into: &messages) {
      case .assigned(let ids):
        try source.start(
          try ids.enumerated().map { slot, id in
            StartPosition(
              partition: id, slot: slot, offset: .at(try source.committed(id)?.offset ?? 0))
          })
      case .ended:
        attempts.end()
        return quarantined
      default: break
      }
      if messages.contains(where: isPoison) { throw Crash() }
      quarantined += messages.filter(\.isQuarantined).map(\.offset)
      attempts.noteComputed()
      for message in messages {
        let id = log.ids[message.slot]
        log.commit(CommittedOffset(offset: message.offset + 1, metadata: ""), of: id)
      }
      if !messages.isEmpty { attempts.noteCommit() }
      turns += 1
      // A kill while nothing is under way.
      if turns == ends { throw Crash() }
    }
  }

  private func log(count: Int, poison: Set<Int>) -> MemoryLog {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    for number in 0..<count {
      log.append(value: poison.contains(number) ? "poison" : "fine", recordTime: Rig.start)
    }
    return log
  }

  @Test("is found and set aside after at most seven crashes, wherever it is", arguments: 0..<20)
  func found(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    let count = 1 + Int(random.next() % 9_000)
    let place = Int(random.next() % UInt64(count))
    let log = log(count: count, poison: [place])
    var crashes = 0
    var quarantined: [Int64] = []
    while crashes < 20 {
      do {
        quarantined = try run(log)
        break
      } catch is Crash {
        crashes += 1
      }
    }
    #expect(quarantined == [Int64(place)], "seed \(seed)")
    #expect((5...7).contains(crashes), "seed \(seed)")
    #expect(log.committed[log.ids[0]]?.offset == Int64(count))
    // The next run is an ordinary one again, and knows of nothing.
    #expect(try run(log).isEmpty)
  }

  @Test("is found beside another one, and each is set aside by itself")
  func several() throws {
    let log = log(count: 500, poison: [100, 101, 400])
    var crashes = 0
    var quarantined: [Int64] = []
    var isDone = false
    while !isDone, crashes < 40 {
      do {
        quarantined += try run(log)
        isDone = true
      } catch is Crash {
        crashes += 1
      }
    }
    #expect(isDone && log.committed[log.ids[0]]?.offset == 500)
    // Those of runs that crashed later are not returned.
    #expect(quarantined.last == 400)
  }

  @Test("kills of a process that has nothing under way accuse no record")
  func innocent() throws {
    let log = log(count: 300, poison: [])
    for _ in 0..<50 {
      #expect(throws: Crash.self) { try run(log, ends: 1) }
    }
    #expect(try run(log).isEmpty)
    #expect(log.committed[log.ids[0]]?.offset == 300)
  }

  @Test("what fails while it waits for Kafka is not the fault of a record; what takes too long is")
  func slow() throws {
    let clock = ManualClock(milliseconds: 0)
    let log = log(count: 1, poison: [])
    let attempts = attemptLog(clock)
    let source = CarefulSource(MemorySource(log: log), attempts: attempts)
    func attempt(computing: Milliseconds, committing: Milliseconds) throws -> InputMessage? {
      var messages: [InputMessage] = []
      try source.seek(log.ids[0], to: 0)
      _ = try source.poll(BatchLimits(), into: &messages)
      clock.advance(milliseconds: computing)
      attempts.noteComputed()
      clock.advance(milliseconds: committing)
      attempts.noteFailedTurn()
      return messages.first
    }
    var messages: [InputMessage] = []
    _ = try source.poll(BatchLimits(), into: &messages)
    try source.start([StartPosition(partition: log.ids[0], slot: 0, offset: .at(0))])
    for _ in 0..<20 {
      #expect(try attempt(computing: 10, committing: 600_000)?.isQuarantined == false)
    }
    #expect(!source.wantsCommit)
    var attemptsMade = 0
    while try attempt(computing: 60_000, committing: 10)?.isQuarantined == false, attemptsMade < 9 {
      attemptsMade += 1
    }
    #expect(attemptsMade == 5)
  }

  @Test("a worker makes it a dead letter with its bytes and its place, and goes on")
  func deadLetter() throws {
    let log = MemoryLog(topic: "metrics", partitionCount: 1)
    log.appendWaves(series: 2, steps: 0..<40, seed: 3, isClean: true)
    log.append(key: "k", value: "poison", recordTime: Rig.start)
    log.appendWaves(series: 2, steps: 40..<80, seed: 3, isClean: true)
    try directory.write(
      "worker-0", "forecastd-attempts-1\ncare ordinary\nquarantined 80 0 metrics\nend\n")
    let rig = Rig(untimedPipeline(try stream()), log: log)
    rig.wrapSource = { [self] in CarefulSource($0, attempts: attemptLog()) }
    var worker = rig.worker()
    try worker.runToEnd()
    let letter = try #require(rig.records(of: .deadLetters).first)
    #expect(rig.records(of: .deadLetters).count == 1)
    #expect(text(letter.value) == "poison" && text(letter.key) == "k")
    #expect(letter[header: "reason"] == "quarantined")
    #expect(letter[header: "source-offset"] == "80")
    #expect(rig.metrics.drops[.quarantined] == 1)
    #expect(log.committed[log.ids[0]]?.offset == 161)
  }
}
