import Glibc
import Synchronization
import TestSupport

/// The watchers of all brokers that this process has started.
let watchers = Mutex<[Watcher]>([])

/// A process that purges a cluster as soon as its standard input ends: when this object goes, or
/// when the test process ends, however it does.
final class Watcher: Sendable {
  let directory: String
  private let pipeEnd: Int32
  private let process: pid_t

  init(script: String, directory: String) throws {
    let ends = try Subprocess.makePipe()
    let commands = """
      cat >/dev/null
      "$0" stop --purge --dir "$1" >/dev/null 2>&1
      rm -rf "$1"
      """
    defer { close(ends.reading) }
    process = try Subprocess.spawn(
      ["/bin/sh", "-c", commands, script, directory], input: ends.reading, output: nil,
      isInNewSession: true)
    pipeEnd = ends.writing
    self.directory = directory
    Watcher.waitAtExit
  }

  deinit {
    close(pipeEnd)
    while waitpid(process, nil, 0) < 0 && errno == EINTR {}
  }

  /// On a normal exit the process waits until its brokers are gone.
  private static let waitAtExit: Void = {
    _ = atexit { watchers.withLock { $0.removeAll() } }
  }()
}
