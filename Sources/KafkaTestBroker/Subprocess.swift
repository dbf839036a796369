import Glibc
import Synchronization

/// Just enough to run the broker script.
enum Subprocess {
  /// Runs a command to its end.
  /// - Returns: its standard output.
  static func run(_ arguments: [String]) throws -> String {
    let ends = try makePipe()
    let process: pid_t
    do {
      defer { close(ends[1]) }
      process = try spawn(arguments, input: nil, output: ends[1], inNewSession: false)
    } catch {
      close(ends[0])
      throw error
    }
    defer { close(ends[0]) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      output += buffer[..<count]
    }
    let status = wait(process)
    guard status == 0 else {
      throw KafkaTestBrokerError("\(arguments.joined(separator: " ")) ended with \(status)")
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Held from a pipe's making until it is marked close-on-exec, and while a child is made, so that
  /// no child inherits another one's pipe.
  private static let spawning = Mutex(())

  static func makePipe() throws -> [Int32] {
    try spawning.withLock { _ in
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
        fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
      else { throw KafkaTestBrokerError("no pipe: \(String(cString: strerror(errno)))") }
      return ends
    }
  }

  /// - Parameters: `input` and `output` become the child's; `nil` is /dev/null.
  static func spawn(
    _ arguments: [String], input: Int32?, output: Int32?, inNewSession: Bool
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, target, flags) in [(input, 0 as Int32, O_RDONLY), (output, 1, O_WRONLY)] {
      if let descriptor {
        posix_spawn_file_actions_adddup2(&actions, descriptor, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", flags, 0)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A session of its own, so that Ctrl-C at the terminal does not reach it.
    let setsid: Int16 = 0x80  // POSIX_SPAWN_SETSID, a macro Swift can't import
    posix_spawnattr_setflags(&attributes, inNewSession ? setsid : 0)
    var process: pid_t = 0
    var argv = arguments.map { strdup($0) } + [nil]
    defer { for argument in argv { free(argument) } }
    let result = spawning.withLock { _ in
      posix_spawn(&process, arguments[0], &actions, &attributes, &argv, environ)
    }
    guard result == 0 else {
      throw KafkaTestBrokerError(
        "could not run \(arguments[0]): \(String(cString: strerror(result)))")
    }
    return process
  }

  /// - Returns: the exit code, or 128 and the signal.
  @discardableResult
  static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}
