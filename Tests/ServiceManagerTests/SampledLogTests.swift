import ServiceManager
import Synchronization
import Testing

@Suite struct SampledLogTests {
  @Test("of many like events the first few of each period are logged, and the rest counted")
  func sampling() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 2, period: .seconds(10), clock: { clock.now })
    // seconds, key → lines suppressed before it, nil: not logged
    let events: [(UInt64, String, Int?)] = [
      (0, "late", 0), (1, "late", 0), (2, "late", nil), (3, "late", nil),
      (4, "nan", 0),
      (9, "late", nil),
      (10, "late", 3), (11, "late", 0), (12, "late", nil),
      (13, "nan", 0), (13, "nan", nil),
      (40, "late", 1), (40, "nan", 1),
    ]
    for (seconds, key, expected) in events {
      clock.set(seconds: seconds)
      #expect(log.admit(key) == expected, "\(key) at \(seconds)")
    }
  }

  @Test("what was suppressed is told when its period ends, though no further line comes, and once")
  func ended() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 1, period: .seconds(10), clock: { clock.now })
    for _ in 0..<5 { _ = log.admit("b") }
    for _ in 0..<3 { _ = log.admit("a") }
    #expect(log.admit("never suppressed") == 0)
    clock.set(seconds: 9)
    for _ in 0..<2 { _ = log.admit("younger") }
    #expect(log.takeEnded().isEmpty)
    // The period is not over, so its lines are used up.
    #expect(log.admit("a") == nil)
    clock.set(seconds: 10)
    #expect(log.takeEnded() == [.init(key: "a", count: 3), .init(key: "b", count: 4)])
    #expect(log.takeEnded().isEmpty)
    #expect(log.admit("a") == 0)
    #expect(log.takeAll() == [.init(key: "younger", count: 1)])
    #expect(log.takeAll().isEmpty)
  }

  @Test("lines that pass and counts that are told make up all events")
  func everyEventIsTold() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 3, period: .seconds(10), clock: { clock.now })
    var told = 0
    for second in 0..<1_000 {
      clock.set(seconds: UInt64(second))
      for event in 0..<(second % 7) {
        if let suppressed = log.admit("key \(event % 3)") { told += 1 + suppressed }
      }
      if second % 2 == 0 { told += log.takeEnded().reduce(0) { $0 + $1.count } }
    }
    told += log.takeAll().reduce(0) { $0 + $1.count }
    #expect(told == (0..<1_000).reduce(0) { $0 + $1 % 7 })
  }

  @Test("keys without end share one budget and bounded memory; none goes uncounted")
  func boundedKeys() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 1, period: .seconds(10), clock: { clock.now })
    let admitted = (0..<10_000).count { log.admit("key \($0)") != nil }
    #expect(admitted == SampledLog.keysMaximum + 1)
    // Keys whose period is over make room.
    clock.set(seconds: 10)
    let suppressed = log.takeEnded()
    #expect(suppressed.reduce(0) { $0 + $1.count } + admitted == 10_000)
    #expect(log.admit("a new key") == 0)
    #expect(log.admit("another new key") == 0)
  }
}

private final class ManualClock: Sendable {
  private let time = Atomic<UInt64>(0)
  var now: UInt64 { time.load(ordering: .relaxed) }
  func set(seconds: UInt64) { time.store(seconds * 1_000_000_000, ordering: .relaxed) }
}
