import Glibc
import Synchronization

/// Kills the programs that this process has started and not waited for, when it ends, however it
/// does: a shell that learns of each and waits for the end of a pipe that only this process holds.
enum ProcessGuard {
  private static let pipeEnd = Mutex<Int32?>(nil)

  static func began(_ process: pid_t) throws { try tell("+\(process)\n") }

  static func ended(_ process: pid_t) throws { try tell("-\(process)\n") }

  private static func tell(_ line: String) throws {
    try pipeEnd.withLock { pipeEnd in
      let end = try pipeEnd ?? start()
      pipeEnd = end
      let bytes = Array(line.utf8)
      guard write(end, bytes, bytes.count) == bytes.count else {
        throw EndToEndError("the guard of subprocesses is gone")
      }
    }
  }

  private static func start() throws -> Int32 {
    let commands = """
      left=
      while read -r line; do
        process="${line#?}"
        case "$line" in
          +*) left="$left$process " ;;
          -*)
            rest=
            for other in $left; do [ "$other" = "$process" ] || rest="$rest$other "; done
            left="$rest" ;;
        esac
      done
      for process in $left; do kill -9 "$process"; done
      """
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
      fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
    else { throw EndToEndError("no pipe: \(String(cString: strerror(errno)))") }
    defer { close(ends[0]) }
    _ = try spawn(
      ["/bin/sh", "-c", commands], environment: nil, input: ends[0], output: nil,
      isInNewSession: true)
    return ends[1]
  }
}

/// Starts a program.
///
/// - Parameters: `environment` is the whole one, nil this process's; `input` and `output` (with
///   errors) become the program's, nil is /dev/null.
func spawn(
  _ arguments: [String], environment: [String: String]?, input: Int32?, output: Int32?,
  isInNewSession: Bool = false
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  if let input {
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  }
  if let output {
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
  } else {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
  }
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  // Tests run on threads of libdispatch, which block all signals; a program would inherit that.
  var noSignals = sigset_t()
  sigemptyset(&noSignals)
  posix_spawnattr_setsigmask(&attributes, &noSignals)
  let setsid: Int16 = 0x80  // POSIX_SPAWN_SETSID, a macro Swift can't import
  posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | (isInNewSession ? setsid : 0))
  var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  var variables: [UnsafeMutablePointer<CChar>?] =
    (environment ?? [:]).map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for pointer in argv + variables { free(pointer) } }
  var process: pid_t = 0
  let code =
    environment == nil
    ? posix_spawn(&process, arguments[0], &actions, &attributes, &argv, environ)
    : posix_spawn(&process, arguments[0], &actions, &attributes, &argv, &variables)
  guard code == 0 else {
    throw EndToEndError("could not run \(arguments[0]): \(String(cString: strerror(code)))")
  }
  return process
}
