import Dispatch
import Pipeline
import Synchronization
import Threads

/// Runs the work of several streams on several threads; each stream is the work of one thread.
package final class StreamJobs<Outcome: Sendable>: Sendable {
  private struct State {
    var next = 0
    var outcomes: [Result<Outcome, BacktestError>?]
  }

  /// The work of the stream with a number; it reports its progress to the activity.
  package typealias Body = @Sendable (Int, StreamActivity) throws(BacktestError) -> Outcome

  private let pointCounts: [Int]
  private let activities: [StreamActivity]
  private let state: Mutex<State>

  /// - Parameter pointCounts: the points of each stream, from which the progress is estimated.
  package init(pointCounts: [Int]) {
    self.pointCounts = pointCounts
    activities = pointCounts.map { _ in StreamActivity() }
    state = Mutex(State(outcomes: Array(repeating: nil, count: pointCounts.count)))
  }

  /// - Parameter progress: called several times a second, on the calling thread.
  /// - Throws: the error of the first stream, in the order of the streams, that failed.
  package func run(
    threads: Int, progress: (BacktestProgress) -> Void, _ body: @escaping Body
  ) throws(BacktestError) -> [Outcome] {
    let ended = DispatchSemaphore(value: 0)
    let threadCount = min(max(threads, 1), pointCounts.count)
    for number in 0..<threadCount {
      do throws(ThreadStartError) {
        // Detached: the loop below waits until the thread has no more work.
        _ = try JoinableThread(name: "backtest-\(number)") { [self] in
          while let job = take() { work(job, body) }
          ended.signal()
        }
      } catch {
        // One thread can do all of the work, but not none.
        if number == 0 { throw .worker("\(error)") }
        ended.signal()
      }
    }
    for _ in 0..<threadCount {
      while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
        progress(self.progress)
      }
    }
    var outcomes: [Outcome] = []
    for outcome in state.withLock({ $0.outcomes }) {
      guard let outcome else { preconditionFailure("every stream has been worked on") }
      outcomes.append(try outcome.get())
    }
    return outcomes
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.next < state.outcomes.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func work(_ job: Int, _ body: Body) {
    defer { activities[job].end() }
    let outcome: Result<Outcome, BacktestError>
    do throws(BacktestError) {
      outcome = .success(try body(job, activities[job]))
    } catch {
      outcome = .failure(error)
    }
    state.withLock { $0.outcomes[job] = outcome }
  }

  private var progress: BacktestProgress {
    var progress = BacktestProgress(fraction: 0, forecasts: 0, training: nil)
    let total = Double(pointCounts.reduce(0) { $0 + max(1, $1) })
    for (count, activity) in zip(pointCounts, activities) {
      progress.fraction += activity.share(ofPoints: count) * Double(max(1, count)) / total
      progress.forecasts += activity.forecastCount
      progress.training = progress.training ?? activity.training
    }
    progress.fraction = min(1, progress.fraction)
    return progress
  }
}
