import Glibc
import TestSupport

/// The program service-manager-probe in one of its scenarios, with its output line by line while it
/// runs.
final class Probe {
  private let process: ChildProcess
  private let output: Int32
  private var pending: [UInt8] = []

  /// Output and errors arrive in one stream; the environment is the given one alone.
  init(_ scenario: String, environment: [String: String] = [:]) throws {
    let ends = try Subprocess.makePipe()
    defer { close(ends.writing) }
    do {
      process = try ChildProcess(
        [builtProgram("service-manager-probe"), scenario], environment: environment,
        output: ends.writing)
    } catch {
      close(ends.reading)
      throw error
    }
    output = ends.reading
  }

  deinit { close(output) }

  func send(signal: Int32) { process.send(signal: signal) }

  /// The next line; nil at the end of the output or after half a minute without one.
  func line() -> String? {
    while true {
      if let newline = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<newline], as: UTF8.self)
        pending.removeFirst(newline + 1)
        return line
      }
      var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 30_000) > 0 else { return nil }
      var buffer = [UInt8](repeating: 0, count: 4_096)
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { return nil }
      pending += buffer.prefix(count)
    }
  }

  func lines() -> [String] {
    var all: [String] = []
    while let next = line() { all.append(next) }
    return all
  }

  func waitForEnd() throws -> ChildProcess.End { try process.waitForEnd() }
}
