import Glibc
import Threads

/// What a signal asks the daemon to do.
package enum ServiceSignal: Sendable, Equatable {
  /// Drain, commit and exit with 0.
  case stop
  /// Read the configuration again.
  case reload
}

/// The one place where signals arrive: a thread that waits for them.
///
/// No code runs in a signal handler, so nothing of what a handler must not do can happen. A second
/// SIGTERM or SIGINT ends the process at once with 128 plus the signal's number, as a shell would
/// report it, for people whose first one seems to hang.
package enum SignalReceiver {
  /// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread and all it will start, ignores SIGPIPE
  /// (writes then fail with an error), and calls `handler` on a thread of its own, for as long as the
  /// process lives.
  ///
  /// - Precondition: called once, by the main thread, before anything that starts threads.
  ///   Processes started later inherit the mask and must reset it.
  /// - Throws: where no thread can be started.
  package static func install(
    handler: @escaping @Sendable (ServiceSignal) -> Void
  ) throws(ServiceManagerError) {
    signal(SIGPIPE, SIG_IGN)
    let code = withReceivedSignals { pthread_sigmask(SIG_BLOCK, $0, nil) }
    guard code == 0 else {
      throw .signalsNotInstalled(reason: String(cString: strerror(code)))
    }
    do throws(ThreadStartError) {
      // Not joined: it lives as long as the process.
      _ = try JoinableThread(name: "signals") { receive(handler) }
    } catch {
      throw .signalsNotInstalled(reason: error.description)
    }
  }

  private static func receive(_ handler: @Sendable (ServiceSignal) -> Void) {
    var isStopping = false
    while true {
      let number = withReceivedSignals { sigwaitinfo($0, nil) }
      switch number {
      case SIGTERM, SIGINT:
        if isStopping { _exit(128 + number) }
        isStopping = true
        handler(.stop)
      case SIGHUP:
        handler(.reload)
      default:
        // Interrupted, as by a debugger; there is nothing to do but to wait again.
        continue
      }
    }
  }

  private static func withReceivedSignals(
    _ body: (UnsafePointer<sigset_t>) -> Int32
  ) -> Int32 {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    return body(&set)
  }
}
