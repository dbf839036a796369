import Dispatch
import Synchronization

/// Counts the running threads, and waits for the last one to end.
final class RunningThreads: Sendable {
  private let count = Mutex(0)
  private let ended = DispatchSemaphore(value: 0)

  func begin() { count.withLock { $0 += 1 } }

  func end() {
    count.withLock { $0 -= 1 }
    ended.signal()
  }

  /// - Returns: whether all threads ended in time.
  func wait(milliseconds: Int) -> Bool {
    let deadline = DispatchTime.now() + .milliseconds(milliseconds)
    while count.withLock({ $0 }) > 0 {
      if ended.wait(timeout: deadline) == .timedOut { return count.withLock { $0 } == 0 }
    }
    return true
  }
}

/// Sleeps for a time; for threads that have nothing to poll.
func sleepMilliseconds(_ milliseconds: Int) {
  _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds))
}
