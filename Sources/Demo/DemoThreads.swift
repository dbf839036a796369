import Daemon
import Dispatch
import Synchronization
import Threads

/// The threads of the demonstration except the screen's, and the first error of any of them.
final class DemoThreads: Sendable {
  private struct State {
    var running = 0
    var failure: String?
  }

  private let state = Mutex(State())
  private let ended = DispatchSemaphore(value: 0)

  /// The error of a thread that ended early.
  var failure: String? { state.withLock { $0.failure } }

  /// Starts a thread whose error stops everything.
  func start(
    _ name: String, control: DaemonControl, _ body: @escaping @Sendable () throws -> Void
  ) throws(ThreadStartError) {
    state.withLock { $0.running += 1 }
    do throws(ThreadStartError) {
      // Detached: `join` counts their ends, since threads cannot be held in an array.
      _ = try JoinableThread(name: name) { [self] in
        do {
          try body()
        } catch {
          state.withLock { $0.failure = $0.failure ?? "\(error)" }
          control.stop()
        }
        state.withLock { $0.running -= 1 }
        ended.signal()
      }
    } catch {
      state.withLock { $0.running -= 1 }
      throw error
    }
  }

  /// Waits for all threads; the daemon bounds the time that its own thread takes.
  func join() {
    while state.withLock({ $0.running }) > 0 {
      _ = ended.wait(timeout: .now() + .milliseconds(100))
    }
  }
}
