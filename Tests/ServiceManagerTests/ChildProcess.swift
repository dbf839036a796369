import Glibc

/// A program run by a test: its output line by line, its end, and never for longer than half a minute.
final class ChildProcess {
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
    case tooSlow
  }

  let pid: pid_t
  private let output: Int32
  private var pending: [UInt8] = []
  private var end: End?

  /// The program that was built beside the tests.
  static var probe: String {
    get throws {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink("/proc/self/exe", &buffer, buffer.count)
      guard count > 0 else { throw SpawnError(code: errno) }
      let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
        + "service-manager-probe"
    }
  }

  struct SpawnError: Error {
    let code: Int32
  }

  /// Output and errors arrive in one stream; the environment is the given one alone.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SpawnError(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &envp)
    guard code == 0 else {
      close(ends[0])
      throw SpawnError(code: code)
    }
    self.pid = pid
    output = ends[0]
  }

  deinit {
    if end == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(output)
  }

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

  func waitForEnd() -> End {
    for _ in 0..<3_000 {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid {
        let signal = status & 0x7f
        let result: End = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
        end = result
        return result
      }
      usleep(10_000)
    }
    return .tooSlow
  }
}
