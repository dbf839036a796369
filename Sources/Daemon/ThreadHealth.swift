import Pipeline
import ServiceManager
import Synchronization

/// The progress of one thread, which the thread writes and the status server reads.
final class ThreadHealth: Sendable {
  let heartbeat: Heartbeat
  private let progress: Mutex<ThreadProgress>

  init(_ progress: ThreadProgress) {
    heartbeat = Heartbeat(name: progress.name)
    self.progress = Mutex(progress)
  }

  var hasStarted: Bool { progress.withLock { $0.hasStarted } }

  func problem(at now: Int64) -> String? { progress.withLock { $0.problem(at: now) } }

  func noteStart() { progress.withLock { $0.noteStart() } }

  func beginTurn(at now: Int64) { progress.withLock { $0.beginTurn(at: now) } }

  func endTurn(_ standing: LoopStanding, isAssigned: Bool, isReachable: Bool, at now: Int64) {
    progress.withLock {
      $0.endTurn(standing, isAssigned: isAssigned, isReachable: isReachable, at: now)
    }
  }

  /// - Returns: the number of failures since the last commit.
  func noteFailure(_ reason: String, at now: Int64) -> Int {
    progress.withLock {
      $0.noteFailure(reason, at: now)
      return $0.failureCount
    }
  }
}
