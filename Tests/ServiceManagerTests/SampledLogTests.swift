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

  @Test("what was suppressed and never reported is not lost")
  func takeSuppressed() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 1, period: .seconds(10), clock: { clock.now })
    for _ in 0..<5 { _ = log.admit("b") }
    for _ in 0..<3 { _ = log.admit("a") }
    let taken = log.takeSuppressed()
    #expect(taken.map(\.key) == ["a", "b"])
    #expect(taken.map(\.count) == [2, 4])
    #expect(log.takeSuppressed().isEmpty)
    // The budget of the period is still used up.
    #expect(log.admit("a") == nil)
    clock.set(seconds: 10)
    #expect(log.admit("a") == 1)
  }

  @Test("keys without end share one budget and bounded memory; none goes uncounted")
  func boundedKeys() {
    let clock = ManualClock()
    let log = SampledLog(linesPerPeriod: 1, period: .seconds(10), clock: { clock.now })
    let admitted = (0..<10_000).count { log.admit("key \($0)") != nil }
    #expect(admitted == SampledLog.keysMaximum + 1)
    let suppressed = log.takeSuppressed()
    #expect(suppressed.reduce(0) { $0 + $1.count } + admitted == 10_000)
    // Keys whose period is over make room.
    clock.set(seconds: 10)
    _ = log.takeSuppressed()
    #expect(log.admit("a new key") == 0)
    #expect(log.admit("another new key") == 0)
  }
}

private final class ManualClock: Sendable {
  private let time = Atomic<UInt64>(0)
  var now: UInt64 { time.load(ordering: .relaxed) }
  func set(seconds: UInt64) { time.store(seconds * 1_000_000_000, ordering: .relaxed) }
}
