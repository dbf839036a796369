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
        throw SurroundingsError("the guard of subprocesses is gone")
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
    let ends = try Subprocess.makePipe()
    defer { close(ends.reading) }
    _ = try Subprocess.spawn(
      ["/bin/sh", "-c", commands], input: ends.reading, output: nil, isInNewSession: true)
    return ends.writing
  }
}
