import TestSupport
import Testing

@Suite struct AllocationTests {
  @Test("steps, forecasts and training steps allocate nothing once they have run")
  func hotPaths() throws {
    let outcome = try ChildProcess.run([builtProgram("engine-benchmark"), "--allocations"])
    try #require(outcome.end == .exited(0), "\(outcome.output)")
    var calls: [String: Int] = [:]
    for line in outcome.output.split(separator: "\n") {
      // {… "of": "name", "runs": 100, "calls": 0}
      let parts = line.split(separator: "\"of\": \"")
      guard parts.count == 2, let name = parts[1].split(separator: "\"").first,
        let number = line.split(separator: "\"calls\": ").last?.dropLast()
      else { continue }
      calls[String(name)] = Int(number)
    }
    #expect(calls.count == 10)
    for (name, count) in calls {
      if name.hasPrefix("control") {
        #expect(count >= 100, "the counter counts nothing")
      } else {
        #expect(count == 0, "\(name)")
      }
    }
  }
}
