import Glibc
import Testing

@Suite struct AllocationTests {
  @Test("steps, forecasts and training steps allocate nothing once they have run")
  func hotPaths() throws {
    let lines = try output(of: "engine-benchmark", "--allocations")
    var calls: [String: Int] = [:]
    for line in lines {
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

  /// What a program that was built beside the tests prints.
  private func output(of program: String, _ argument: String) throws -> [String] {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = max(0, readlink("/proc/self/exe", &buffer, buffer.count))
    let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
    let stream = try #require(popen("exec '\(directory)\(program)' \(argument)", "r"))
    var lines: [String] = []
    while fgets(&buffer, Int32(buffer.count), stream) != nil {
      lines.append(
        String(
          decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) },
          as: UTF8.self))
    }
    #expect(pclose(stream) == 0)
    return lines
  }
}
