import Glibc
import Synchronization
import Threads

/// What a signal asks the daemon to do.
package enum ServiceSignal: Sendable, Equatable {
  /// Drain, commit and exit with 0.
  case stop
  /// Read the configuration again.
  case reload
}

/// The one place where signals arrive: a thread that reads their numbers from a pipe.
///
/// Blocking them in all threads and waiting in one, the usual way, fails here: libraries start
/// threads when they are loaded (OpenBLAS does), before anything of ours can set a mask, and a
/// signal that such a thread takes ends the process. The handler only writes a byte, which a
/// handler may do. A second SIGTERM or SIGINT ends the process at once with 128 plus the signal's
/// number, as a shell would report it, for people whose first one seems to hang.
package enum SignalReceiver {
  /// Takes SIGTERM, SIGINT and SIGHUP over, ignores SIGPIPE (writes then fail with an error), and
  /// calls `handler` on a thread of its own, for as long as the process lives.
  ///
  /// - Precondition: called once.
  /// - Throws: where no pipe can be opened or no thread be started.
  package static func install(
    handler: @escaping @Sendable (ServiceSignal) -> Void
  ) throws(ServiceManagerError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw .signalsNotInstalled(reason: String(cString: strerror(errno)))
    }
    let readEnd = ends[0]
    signalPipe.store(ends[1], ordering: .releasing)
    do throws(ThreadStartError) {
      // Not joined: it lives as long as the process.
      _ = try JoinableThread(name: "signals") { receive(from: readEnd, handler) }
    } catch {
      throw .signalsNotInstalled(reason: error.description)
    }
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGTERM, SIGINT, SIGHUP] { try take(number) }
    try unblock([SIGTERM, SIGINT, SIGHUP])
  }

  /// A parent that blocks these signals, as a thread pool does, hands that on to the process.
  private static func unblock(_ numbers: [Int32]) throws(ServiceManagerError) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    let code = pthread_sigmask(SIG_UNBLOCK, &set, nil)
    guard code == 0 else {
      throw .signalsNotInstalled(reason: String(cString: strerror(code)))
    }
  }

  private static func take(_ number: Int32) throws(ServiceManagerError) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      // Only what is safe in a handler: an atomic load and a write.
      let saved = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    sigemptyset(&action.sa_mask)
    guard sigaction(number, &action, nil) == 0 else {
      throw .signalsNotInstalled(reason: String(cString: strerror(errno)))
    }
  }

  private static func receive(
    from descriptor: Int32, _ handler: @Sendable (ServiceSignal) -> Void
  ) {
    var isStopping = false
    while true {
      var byte: UInt8 = 0
      // Interrupted reads are tried again; the writing end is never closed.
      guard read(descriptor, &byte, 1) == 1 else { continue }
      switch Int32(byte) {
      case SIGTERM, SIGINT:
        if isStopping { _exit(128 + Int32(byte)) }
        isStopping = true
        handler(.stop)
      case SIGHUP: handler(.reload)
      default: continue
      }
    }
  }
}

/// The writing end of the pipe; a global, since a handler can reach nothing else.
private let signalPipe = Atomic<Int32>(-1)
