package import Glibc

/// A program under test; killed with the last reference to it, or with the test process.
package final class ChildProcess {
  package enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  package let pid: pid_t
  private let name: String
  private var end: End?

  /// - Parameters: as of `Subprocess.spawn`; the descriptors stay the caller's.
  package init(
    _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil,
    input: Int32? = nil, output: Int32?, errors: Int32? = nil
  ) throws {
    name = arguments[0]
    pid = try Subprocess.spawn(
      arguments, environment: environment, directory: directory, input: input, output: output,
      errors: errors)
    try ProcessGuard.began(pid)
  }

  /// - Parameter log: a file that gets standard output and errors.
  package convenience init(
    _ arguments: [String], environment: [String: String]? = nil, log: String
  ) throws {
    let target = try Self.open(log, O_WRONLY | O_CREAT | O_APPEND)
    defer { close(target) }
    try self.init(arguments, environment: environment, output: target)
  }

  deinit {
    guard end == nil else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    do { try ProcessGuard.ended(pid) } catch { print("\(name): \(error)") }
  }

  package func send(signal: Int32) { if end == nil { kill(pid, signal) } }

  /// - Throws: where it goes on for longer.
  @discardableResult
  package func waitForEnd(within timeout: Duration = .seconds(30)) throws -> End {
    try eventually("\(name) ends", within: timeout, every: .milliseconds(10)) {
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

  /// How a program ended, and what it wrote.
  package struct Outcome {
    package let end: End
    /// Standard output and errors as they came.
    package let output: String
    /// Standard errors alone, where they were asked for; they are not in `output` then.
    package let errors: String
  }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - input: its standard input's bytes.
  ///   - separatesErrors: whether standard errors come apart from the output.
  /// - Throws: where it goes on for longer; it is killed then.
  package static func run(
    _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil,
    input: String? = nil, separatesErrors: Bool = false, timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    let files = try TemporaryDirectory()
    let output = try Self.open(files.path + "/output", O_RDWR | O_CREAT | O_APPEND)
    defer { close(output) }
    let errors = try Self.open(files.path + "/errors", O_RDWR | O_CREAT | O_APPEND)
    defer { close(errors) }
    let source = try Self.open(try files.write("input", input ?? ""), O_RDONLY)
    defer { close(source) }
    let process = try ChildProcess(
      arguments, environment: environment, directory: directory, input: source, output: output,
      errors: separatesErrors ? errors : nil)
    let end = try process.waitForEnd(within: timeout)
    return Outcome(end: end, output: try files.read("output"), errors: try files.read("errors"))
  }

  private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SurroundingsError.system("cannot open \(path)") }
    return descriptor
  }
}
