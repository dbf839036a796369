package import Metrics
import Synchronization
import Threads

/// Serves `/metrics`, `/healthz`, `/readyz` and `/status` over HTTP from its own thread.
///
/// Every client is bounded in connections, memory and time, so that none can take the daemon's
/// resources or keep the others out for longer than `Limits.requestTimeout`.
package final class StatusServer: Sendable {
  package struct Limits: Sendable {
    /// Connections served at once; more wait in the listening socket's queue.
    package var connections = 32
    /// Connections of one client address; more are closed at once.
    package var connectionsPerAddress = 32
    /// From the opening of a connection, or the end of its last request, to the end of the next
    /// answer.
    package var requestTimeout: Duration = .seconds(5)
    /// Bounds a request line with its headers at somewhat less.
    package var connectionMemoryBytes = 16_384

    package init() {}
  }

  /// With the port the system chose where port 0 was asked for.
  package let address: ListenAddress
  private let loop: HTTPEventLoop
  private let thread: Mutex<JoinableThread?>

  /// Starts to serve.
  ///
  /// - `metrics`, `snapshot`: called on the server's thread for each request that needs them; they
  ///   must not block.
  /// - Throws: where the address can't be listened on; nothing is left open then.
  package init(
    listen: ListenAddress, limits: Limits = Limits(),
    metrics: @escaping @Sendable () -> [MetricFamily],
    snapshot: @escaping @Sendable () -> StatusSnapshot
  ) throws(StatusServerError) {
    // More than the connections: a burst then waits for its turn instead of for the kernel's next
    // try, seconds later.
    let socket = try ListeningSocket(on: listen, backlog: 128)
    address = socket.address
    let loop = try HTTPEventLoop(
      socket: socket, limits: limits,
      routes: StatusRoutes(metrics: metrics, snapshot: snapshot))
    self.loop = loop
    do throws(ThreadStartError) {
      thread = Mutex(try JoinableThread(name: "status") { loop.run() })
    } catch {
      throw .system(operation: "pthread_create", code: error.code, reason: error.description)
    }
  }

  deinit {
    stop()
  }

  /// Closes the port and all connections and waits for the thread's end; again is harmless.
  package func stop() {
    let running = thread.withLock { $0.take() }
    if let running {
      loop.wake()
      running.join()
    }
  }
}
