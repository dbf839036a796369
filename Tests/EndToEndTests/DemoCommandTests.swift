import Glibc
import TestSupport
import Testing

extension EndToEndTests {
  /// `forecastd demo` and `forecastd subscribe` as a person runs them, on the built-in broker.
  @Suite struct DemoCommandTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("the demonstration ends by itself, and everything it played was forecast from")
    func once() throws {
      let fixture = try directory.write("excerpt.influx", try excerpt(minutes: 36))
      let outcome = try ChildProcess.run(
        [Programs.forecastd, "demo", "--once", "--fixture", fixture], timeout: .seconds(180))
      let output = outcome.output
      #expect(outcome.end == .exited(0), "\(output)")
      let points = try numbers(after: "points", in: output)
      try #require(points.count >= 2, "\(output)")
      #expect(points[0] > 20_000, "\(output)")
      #expect(points[0] == points[1], "consumed and produced: \(output)")
      #expect(try numbers(after: "series", in: output).first == 26, "\(output)")
      let forecasts = try #require(try numbers(after: "forecasts", in: output).first)
      // Every series has one for each bucket from its second point on.
      #expect(forecasts > 26 * 150, "\(output)")
      let retrainings = try numbers(after: "retrainings", in: output)
      #expect(try #require(retrainings.first) >= 2, "\(output)")
      #expect(output.contains("loss on newer data untrained "), "\(output)")
      #expect(output.contains("cpu.usage_idle cpu=cpu-total"), "the table: \(output)")
    }

    @Test("the bundled recording is found, others subscribe, and Ctrl-C ends it with 0")
    func interrupted() throws {
      let path = directory.newPath("demo")
      func said() throws -> String { try readText(path) }
      let demo = try ChildProcess(
        [Programs.forecastd, "demo"],
        environment: ["TMPDIR": directory.path, "PATH": environment("PATH") ?? ""], log: path)
      let broker = try eventually("the broker's address", within: .seconds(60)) {
        try said().split(separator: "\n").first { $0.hasPrefix("broker ") }
          .flatMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
      }
      _ = try eventually("a first forecast", within: .seconds(120)) {
        try said().contains("first forecast ") ? true : nil
      }
      let outcome = try ChildProcess.run(
        [
          Programs.forecastd, "subscribe", "--broker", broker, "--from", "earliest", "--series",
          "cpu.usage_idle", "--only", "forecasts", "--count", "5",
        ])
      let lines = outcome.output.split(separator: "\n")
      #expect(outcome.end == .exited(0))
      #expect(lines.count == 5)
      #expect(
        lines.allSatisfy { $0.hasPrefix(#"{"series":"cpu.usage_idle,cpu=cpu-total,host=build-1""#) }
      )
      demo.send(signal: SIGINT)
      let end = try demo.waitForEnd(within: .seconds(30))
      let output = try said()
      #expect(end == .exited(0), "\(output)")
      let leftovers = try directory.contents().filter { $0.hasPrefix("forecastd-demo-") }
      #expect(leftovers == [], "its temporary directory is gone")
    }

    /// The first minutes of the bundled recording.
    private func excerpt(minutes: Int) throws -> String {
      let lines = try repositoryFile("fixtures/host/build-machine.influx").split(separator: "\n")
      func time(_ line: Substring) -> Int64 {
        line.split(separator: " ").last.flatMap { Int64($0) } ?? 0
      }
      let end = time(try #require(lines.first)) + Int64(minutes) * 60_000_000_000
      return lines.prefix { time($0) < end }.joined(separator: "\n") + "\n"
    }

    /// The numbers of the summary's line with that heading.
    private func numbers(after heading: String, in output: String) throws -> [Int] {
      let line = try #require(
        output.split(separator: "\n").first { $0.hasPrefix(heading + " ") }, "\(output)")
      return line.split { !($0.isNumber || $0 == ",") }
        .compactMap { Int($0.filter(\.isNumber)) }
    }
  }
}
