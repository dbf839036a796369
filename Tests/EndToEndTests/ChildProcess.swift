import Glibc

/// A program under test; killed with the last reference to it, or with the test process.
final class ChildProcess {
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  let pid: pid_t
  private let name: String
  private(set) var end: End?

  /// - Parameter output: a file that gets standard output and errors.
  init(
    _ arguments: [String], environment: [String: String]? = nil, input: String? = nil,
    output: String
  ) throws {
    name = arguments[0]
    let target = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw EndToEndError("cannot write \(output)") }
    defer { close(target) }
    let source = try input.map { path in
      let source = open(path, O_RDONLY | O_CLOEXEC)
      guard source >= 0 else { throw EndToEndError("cannot read \(path)") }
      return source
    }
    defer { if let source { close(source) } }
    pid = try spawn(arguments, environment: environment, input: source, output: target)
    try ProcessGuard.began(pid)
  }

  deinit {
    guard end == nil else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  func send(signal: Int32) { if end == nil { kill(pid, signal) } }

  /// - Throws: where it goes on for longer.
  @discardableResult
  func waitForEnd(within timeout: Duration) throws -> End {
    try eventually("\(name) ends", within: timeout) {
      if end == nil {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
        try ProcessGuard.ended(pid)
      }
      return end
    }
  }

  /// Runs a program to its end.
  ///
  /// - Returns: how it ended, and what it wrote.
  static func run(
    _ arguments: [String], in directory: TemporaryDirectory, input: String? = nil,
    timeout: Duration = .seconds(60)
  ) throws -> (end: End, output: [UInt8]) {
    let output = directory.newPath("output")
    let source = try input.map { text in try directory.write(text, to: directory.newName("input")) }
    defer {
      unlink(output)
      if let source { unlink(source) }
    }
    let process = try ChildProcess(arguments, input: source, output: output)
    let end = try process.waitForEnd(within: timeout)
    return (end, try readFile(output))
  }
}
