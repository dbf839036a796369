import Dispatch
import KafkaClient
import Synchronization

/// Tells the threads of a process to stop, and keeps the reason.
package final class DaemonControl: Sendable {
  private struct State {
    var isStopping = false
    var failure: String?
    var wakers: [String: KafkaWaker] = [:]
  }

  private let state = Mutex(State())
  /// Read by worker loops at each turn.
  private let stopFlag = Atomic<Bool>(false)
  private let change = DispatchSemaphore(value: 0)

  package init() {}

  package var isStopping: Bool { stopFlag.load(ordering: .relaxed) }

  /// The first reason for which the process must end with an error.
  package var failure: String? { state.withLock { $0.failure } }

  /// Asks every thread to drain, commit and end.
  package func stop() {
    let wakers = state.withLock { state in
      state.isStopping = true
      return state.wakers.values.map { $0 }
    }
    stopFlag.store(true, ordering: .relaxed)
    for waker in wakers { waker.wake() }
    change.signal()
  }

  /// Does what `stop` does, for an error that a retry cannot mend.
  package func fail(_ reason: String) {
    state.withLock { $0.failure = $0.failure ?? reason }
    stop()
  }

  /// Registers the waker of a poll, which is called when the process stops.
  func register(_ waker: KafkaWaker, member: String) {
    let isStopping = state.withLock { state in
      state.wakers[member] = waker
      return state.isStopping
    }
    if isStopping { waker.wake() }
  }

  func unregister(member: String) { state.withLock { $0.wakers[member] = nil } }

  /// Waits until `stop` is called or the time is over.
  func waitForChange(milliseconds: Int) {
    _ = change.wait(timeout: .now() + .milliseconds(milliseconds))
  }
}
