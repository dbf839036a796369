import Glibc
import ServiceManager
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ServiceNotifierTests {
  @Test("the manager reads the protocol in its order", arguments: [true, false])
  func protocolOrder(isAbstract: Bool) throws {
    let directory = try TemporaryDirectory()
    let manager = try NotifySocket(isAbstract ? abstractName() : directory.newPath("notify"))
    let child = try Probe(
      "notify", environment: ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "30000000"])
    #expect(manager.receive() == "EXTEND_TIMEOUT_USEC=1500000")
    #expect(manager.receive() == "READY=1\nSTATUS=two lines READY=0")
    #expect(manager.receive() == "RELOADING=1\nMONOTONIC_USEC=123456")
    #expect(manager.receive() == "READY=1")
    #expect(manager.receive() == "STATUS=all 12 partitions, größer")
    #expect(manager.receive() == "STOPPING=1\nSTATUS=draining")
    #expect(child.lines() == ["watchdog 30.0 seconds"] + [String](repeating: "sent", count: 6))
    #expect(try child.waitForEnd() == .exited(0))
  }

  @Test("outside of a service nothing is sent and nothing fails")
  func notSupervised() throws {
    let child = try Probe("notify")
    #expect(
      child.lines() == ["watchdog off"] + [String](repeating: "notSupervised", count: 6))
  }

  @Test("a manager that is gone is reported, not fatal")
  func managerGone() throws {
    let child = try Probe(
      "notify",
      environment: [
        "NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1",
      ])
    let lines = child.lines()
    #expect(lines.first == "watchdog off")  // meant for another process
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("failed(reason: ") } && lines.count == 7)
    #expect(try child.waitForEnd() == .exited(0))
  }

  @Test("the watchdog is fed while all workers go round, and only then")
  func watchdog() throws {
    let manager = try NotifySocket(abstractName())
    let child = try Probe("watchdog", environment: ["NOTIFY_SOCKET": manager.address])
    #expect(child.lines() == ["feed", "withhold(stuck: [\"worker-1\"])", "feed"])
    #expect(manager.receive() == "WATCHDOG=1")
    #expect(manager.receive() == "WATCHDOG=1")
    #expect(manager.receive(milliseconds: 0) == nil)
  }

  @Test("a worker is stuck when its last beat is older than the interval")
  func decisions() {
    // now, last beats of workers 0, 1, … (nil: retired), stuck workers; the interval is 10
    let cases: [(UInt64, [UInt64?], [Int])] = [
      (100, [], []),
      (100, [100, 95], []),
      (100, [90, 90], []),  // exactly the interval is still in time
      (100, [89, 90], [0]),
      (100, [89, 12], [0, 1]),
      (100, [nil, 95], []),
      (100, [nil, nil], []),
      (100, [nil, 3], [1]),
      (100, [105, 95], []),  // beaten after the clock was read
      (5, [0], []),
      (.max - 1, [0], [0]),
    ]
    for (now, beats, stuck) in cases {
      let decision = WatchdogFeeder.decide(
        now: now, interval: 10, beats: beats.enumerated().map { ("w\($0)", $1) })
      #expect(
        decision == (stuck.isEmpty ? .feed : .withhold(stuck: stuck.map { "w\($0)" })),
        "now \(now), beats \(beats)")
    }
  }

  private func abstractName() -> String {
    "@forecastd-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  }

  @Test("the watchdog's feeder is called three times in an interval")
  func period() {
    #expect(WatchdogFeeder(interval: .seconds(30), heartbeats: []).period == .seconds(10))
  }
}
