package import Glibc
import Synchronization

/// What the tests' programs are started with.
package enum Subprocess {
  /// Held from a pipe's making until it is marked close-on-exec, and while a child is made, so that
  /// no child inherits another one's pipe.
  private static let spawning = Mutex(())

  package static func makePipe() throws -> (reading: Int32, writing: Int32) {
    try spawning.withLock { _ in
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
        throw SurroundingsError.system("no pipe")
      }
      return (ends[0], ends[1])
    }
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - environment: the whole one; nil is this process's.
  ///   - directory: where it runs; nil is this process's.
  ///   - input: becomes its standard input; nil is /dev/null. So with `output` and `errors`, which
  ///     go with the output where they are nil.
  ///   - isInNewSession: so that Ctrl-C at the terminal does not reach it.
  package static func spawn(
    _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil,
    input: Int32?, output: Int32?, errors: Int32? = nil, isInNewSession: Bool = false
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, target, flags) in [
      (input, STDIN_FILENO, O_RDONLY), (output, STDOUT_FILENO, O_WRONLY),
    ] {
      if let descriptor {
        posix_spawn_file_actions_adddup2(&actions, descriptor, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", flags, 0)
      }
    }
    posix_spawn_file_actions_adddup2(&actions, errors ?? STDOUT_FILENO, STDERR_FILENO)

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

    // Swift does not see posix_spawn_file_actions_addchdir_np.
    let words = (directory.map { ["/usr/bin/env", "-C", $0] } ?? []) + arguments
    var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      (environment ?? [:]).map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + variables { free(pointer) } }
    var process: pid_t = 0
    let code = spawning.withLock { _ in
      environment == nil
        ? posix_spawn(&process, words[0], &actions, &attributes, &argv, environ)
        : posix_spawn(&process, words[0], &actions, &attributes, &argv, &variables)
    }
    guard code == 0 else { throw SurroundingsError.system("could not run \(arguments[0])", code) }
    return process
  }
}
