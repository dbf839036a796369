import Glibc
import Testing

/// Runs another program to its end, for a bounded time, with its output and errors in one text.
enum ChildProgram {
  struct Result {
    /// The exit status, or 128 and the signal's number.
    let status: Int32
    let output: String
  }

  struct SpawnError: Error {
    let code: Int32
  }

  /// A program that was built beside the tests.
  static func built(_ name: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw SpawnError(code: errno) }
    let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + name
  }

  /// - Throws: where it cannot be started. It is killed, and so ends with 137, after the seconds.
  static func run(_ arguments: [String], seconds: Int) throws -> Result {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SpawnError(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    var argv = arguments.map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, nil, &argv, environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard code == 0 else { throw SpawnError(code: code) }

    var output: [UInt8] = []
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let deadline = time.tv_sec + seconds
    while true {
      clock_gettime(CLOCK_MONOTONIC, &time)
      let left = max(0, deadline - time.tv_sec)
      var watched = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, Int32(left * 1000)) > 0 else {
        kill(pid, SIGKILL)
        break
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = read(ends[0], &buffer, buffer.count)
      if count <= 0 { break }
      output += buffer.prefix(count)
    }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    let signal = status & 0x7f
    return Result(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      output: String(decoding: output, as: UTF8.self))
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
