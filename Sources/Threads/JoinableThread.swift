import Glibc

/// A named POSIX thread: workers, trainer, status server and signal receiver each own one, because
/// they block in C libraries, which Swift's cooperative pool must not do.
///
/// Dropping the value without `join()` detaches the thread; it then runs to its own end.
package struct JoinableThread: ~Copyable {
  private let handle: pthread_t

  /// Starts the thread; it inherits the signal mask of the thread that starts it.
  ///
  /// - `name`: what `ps -L`, `top -H` and debuggers show; the kernel keeps its first 15 bytes.
  /// - `priority`: threads that the thread starts inherit it.
  /// - Throws: where the process or the user may start no more threads.
  package init(
    name: String, priority: ThreadPriority = .normal, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadStartError) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, priority: priority, body: body))
    var handle = pthread_t()
    let code = pthread_create(
      &handle, nil,
      { argument in
        // `pthread_create` passes on the retained pointer of the call below, never nil.
        guard let argument else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw ThreadStartError(name: name, code: code)
    }
    self.handle = handle
  }

  /// Waits until the body has returned.
  ///
  /// - Precondition: not called by the thread itself.
  package consuming func join() {
    let code = pthread_join(handle, nil)
    precondition(code == 0, "a thread was joined by itself")
    discard self
  }

  deinit {
    pthread_detach(handle)
  }
}

/// How much of a core a thread gets when there are more threads than cores.
package enum ThreadPriority: Sendable {
  case normal
  /// About a tenth of a normal thread's share; and it never interrupts a thread that runs.
  case background
}

/// The operating system refused another thread.
package struct ThreadStartError: Error, CustomStringConvertible {
  package let name: String
  package let code: Int32

  package var description: String {
    "cannot start thread \(name): \(String(cString: strerror(code))); raise TasksMax= of the "
      + "service or the user's process limit (ulimit -u)"
  }
}

private final class ThreadStart: Sendable {
  private let name: String
  private let priority: ThreadPriority
  private let body: @Sendable () -> Void

  init(name: String, priority: ThreadPriority, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.priority = priority
    self.body = body
  }

  func run() {
    nameCurrentThread()
    if priority == .background { yieldToOthers() }
    body()
  }

  /// Niceness is a thread's own on Linux. A batch thread does not interrupt another one when it
  /// wakes. Neither needs a privilege, and a machine that refuses is only less polite.
  private func yieldToOthers() {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    let batch: Int32 = 3  // SCHED_BATCH, which Glibc's module does not have
    var parameters = sched_param()
    pthread_setschedparam(pthread_self(), batch, &parameters)
  }

  /// A write to `/proc`, since `pthread_setname_np` is hidden from Swift behind `_GNU_SOURCE`. The
  /// name is a help to people only, so a machine that refuses it is no error.
  private func nameCurrentThread() {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, min(name.utf8.count, 15))
    close(file)
  }
}
