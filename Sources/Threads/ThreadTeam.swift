import Dispatch
import Synchronization

/// Threads that share out the tasks of one caller, again and again, and sleep in between.
///
/// The caller takes part, so a team of one thread starts none. Which thread runs a task is left to
/// chance: for results that do not depend on it, each task writes to a place of its own.
package struct ThreadTeam: ~Copyable {
  private let board = TaskBoard()
  private var helpers: [JoinableThreadBox] = []

  /// - `name`: see `JoinableThread`.
  /// - Throws: where the process or the user may start no more threads.
  /// - Precondition: threads ≥ 1
  package init(name: String, threads: Int) throws(ThreadStartError) {
    precondition(threads >= 1)
    for _ in 1..<threads { try addHelper(name) }
  }

  /// As many threads as the process may start, up to the given number.
  package init(name: String, threadsAtMost threads: Int) {
    precondition(threads >= 1)
    do throws(ThreadStartError) {
      for _ in 1..<threads { try addHelper(name) }
    } catch {
      // The caller's own thread is enough, and those that did start help it.
      return
    }
  }

  /// The caller's included.
  package var threads: Int { helpers.count + 1 }

  private mutating func addHelper(_ name: String) throws(ThreadStartError) {
    let board = board
    helpers.append(JoinableThreadBox(try JoinableThread(name: name) { board.help() }))
  }

  deinit {
    board.dismiss(helpers: helpers.count)
    for helper in helpers { helper.join() }
  }

  /// Runs `task(0)` … `task(count − 1)`, each once, and returns when all have ended.
  ///
  /// Allocates nothing; a closure that the caller makes anew for each call does.
  package mutating func run(_ count: Int, _ task: @escaping @Sendable (Int) -> Void) {
    let company = min(helpers.count, count - 1)
    if company <= 0 {
      for index in 0..<max(0, count) { task(index) }
      return
    }
    board.post(task, count: count, helpers: company)
    board.workOff()
    board.waitForEnd()
  }
}

/// Where the caller posts tasks and the threads take them.
private final class TaskBoard: Sendable {
  /// A closure in a structure passes through the generic `withLock` as it is; a bare one would be
  /// wrapped anew, on the heap, each time.
  private struct Claim {
    let task: @Sendable (Int) -> Void
    let index: Int
  }

  private struct State {
    var first: Claim?
    var count = 0
    var next = 0
    var ended = 0
    var isDismissed = false
  }

  private let state = Mutex(State())
  private let posted = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  func post(_ task: @escaping @Sendable (Int) -> Void, count: Int, helpers: Int) {
    let first = Claim(task: task, index: 0)
    state.withLock { state in
      state.first = first
      state.count = count
      state.next = 0
      state.ended = 0
    }
    for _ in 0..<helpers { posted.signal() }
  }

  /// Runs tasks until none is left to take; others may still be under way.
  func workOff() {
    while let claim = take() {
      claim.task(claim.index)
      if end() { ended.signal() }
    }
  }

  /// Whoever ends the last task says so once, the caller itself included.
  func waitForEnd() {
    ended.wait()
    state.withLock { $0.first = nil }
  }

  /// A helper's life. One that wakes late finds nothing, or tasks of the next post: both are right.
  func help() {
    while true {
      posted.wait()
      if state.withLock({ $0.isDismissed }) { return }
      workOff()
    }
  }

  func dismiss(helpers: Int) {
    state.withLock { $0.isDismissed = true }
    for _ in 0..<helpers { posted.signal() }
  }

  private func take() -> Claim? {
    state.withLock { state in
      guard state.next < state.count, let first = state.first else { return nil }
      defer { state.next += 1 }
      return Claim(task: first.task, index: state.next)
    }
  }

  private func end() -> Bool {
    state.withLock { state in
      state.ended += 1
      return state.ended == state.count
    }
  }
}

/// A place in an array for a thread, which is not copyable.
private final class JoinableThreadBox {
  private var thread: JoinableThread?

  init(_ thread: consuming JoinableThread) {
    self.thread = consume thread
  }

  func join() {
    thread.take()?.join()
  }
}
