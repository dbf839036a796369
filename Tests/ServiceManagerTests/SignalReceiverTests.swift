import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct SignalReceiverTests {
  @Test("a stop signal drains and exits with 0", arguments: [SIGTERM, SIGINT])
  func stop(signal: Int32) throws {
    let child = try ready("signals")
    child.send(signal: signal)
    #expect(child.lines() == ["stop", "drained"])
    #expect(try child.waitForEnd() == .exited(0))
  }

  @Test(
    "a second stop signal ends a process that hangs",
    arguments: [
      // first, second → exit status
      (SIGTERM, SIGTERM, Int32(143)), (SIGINT, SIGINT, Int32(130)), (SIGINT, SIGTERM, Int32(143)),
    ])
  func secondStop(first: Int32, second: Int32, status: Int32) throws {
    let child = try ready("signals-hang")
    child.send(signal: first)
    #expect(child.line() == "stop")
    child.send(signal: second)
    #expect(try child.waitForEnd() == .exited(status))
  }

  @Test("each SIGHUP asks for a reload, also while the process would stop")
  func reload() throws {
    let child = try ready("signals-hang")
    for _ in 0..<3 {
      child.send(signal: SIGHUP)
      #expect(child.line() == "reload")
    }
    child.send(signal: SIGTERM)
    #expect(child.line() == "stop")
    child.send(signal: SIGHUP)
    #expect(child.line() == "reload")
    child.send(signal: SIGINT)
    #expect(try child.waitForEnd() == .exited(130))
  }

  private func ready(_ scenario: String) throws -> Probe {
    let child = try Probe(scenario)
    #expect(child.line() == "no SIGPIPE")
    #expect(child.line() == "ready")
    return child
  }
}
