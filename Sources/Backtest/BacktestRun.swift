import Dispatch
import Glibc
package import Pipeline
import Synchronization
import Threads

/// How far a backtest is.
package struct BacktestProgress: Sendable, Equatable {
  /// 0…1, of the work as far as it can be foreseen.
  package var fraction: Double
  package var forecasts: Int
  /// The training that is under way, if there is one.
  package var training: RetrainingProgress?
}

/// A backtest: a history streamed through the daemon's worker, and what its forecasts were worth.
///
/// Streams share nothing, so that each is a worker of its own on one of `threads` threads, and the
/// result is the same for any number of them.
package struct BacktestRun {
  private let plans: [StreamPlan]
  private let facts: HistoryFacts
  private let options: BacktestOptions
  private let outputDirectory: String?
  private let log: PipelineLog

  /// - Parameter outputDirectory: made where it is missing; `nil` writes nothing.
  /// - Throws: where the options do not fit the history.
  package init(
    _ history: History, _ options: BacktestOptions, outputDirectory: String? = nil,
    log: PipelineLog = .silent
  ) throws(BacktestError) {
    plans = try StreamPlan.plans(history, options)
    facts = HistoryFacts(
      files: history.fileCount, missingValues: history.missingValueCount,
      unusableValues: history.unusableCount)
    self.options = options
    self.outputDirectory = outputDirectory
    self.log = log
  }

  /// - Parameter progress: called several times a second, on the calling thread.
  /// - Throws: where a stream cannot be run or the output not be written.
  package func run(
    progress: (BacktestProgress) -> Void = { _ in }
  ) throws(BacktestError) -> BacktestReport {
    let clock = SystemClock()
    let began = clock.monotonicNanoseconds()
    let output = try outputDirectory.map { directory throws(BacktestError) in
      try BacktestOutput(directory: directory, plans: plans)
    }
    let results = try runStreams(output, progress)
    let report = BacktestReport(
      streams: results, history: facts, options: options,
      seconds: Double(clock.monotonicNanoseconds() - began) * 1e-9)
    if let output {
      try output.finish()
      try output.write("report.json", try report.json())
    }
    return report
  }

  private func runStreams(
    _ output: BacktestOutput?, _ progress: (BacktestProgress) -> Void
  ) throws(BacktestError) -> [StreamResult] {
    let jobs = StreamJobs(count: plans.count)
    let plans = plans
    let log = log
    let ended = DispatchSemaphore(value: 0)
    let threadCount = min(max(options.threads, 1), plans.count)
    for number in 0..<threadCount {
      do throws(ThreadStartError) {
        // Detached: it ends when there are no more jobs, which is waited for below.
        _ = try JoinableThread(name: "backtest-\(number)") {
          while let job = jobs.take() {
            let run = StreamRun(plan: plans[job], log: log)
            jobs.finish(job, run.outcome(activity: jobs.activities[job], number: job, output))
          }
          ended.signal()
        }
      } catch {
        if number == 0 { throw .worker("\(error)") }
        ended.signal()
      }
    }
    for _ in 0..<threadCount {
      while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
        progress(jobs.progress(plans))
      }
    }
    return try jobs.results()
  }
}

extension StreamRun {
  fileprivate func outcome(
    activity: StreamActivity, number: Int, _ output: BacktestOutput?
  ) -> Result<StreamResult, BacktestError> {
    do throws(BacktestError) {
      let table = try output?.table(number, plan)
      let result = try run(activity: activity) { forecast, actuals throws(BacktestError) in
        try table?.append(forecast, actuals: actuals)
      }
      try table?.finish()
      return .success(result)
    } catch {
      return .failure(error)
    }
  }
}

/// What the threads of a backtest share: which streams are left, and what came of the others.
private final class StreamJobs: Sendable {
  private struct State {
    var next = 0
    var outcomes: [Result<StreamResult, BacktestError>?]
  }

  let activities: [StreamActivity]
  private let state: Mutex<State>

  init(count: Int) {
    activities = (0..<count).map { _ in StreamActivity() }
    state = Mutex(State(outcomes: Array(repeating: nil, count: count)))
  }

  func take() -> Int? {
    state.withLock { state in
      guard state.next < state.outcomes.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  func finish(_ job: Int, _ outcome: Result<StreamResult, BacktestError>) {
    state.withLock { $0.outcomes[job] = outcome }
  }

  /// - Throws: the first stream's error, in their order.
  func results() throws(BacktestError) -> [StreamResult] {
    var results: [StreamResult] = []
    for outcome in state.withLock({ $0.outcomes }) {
      guard let outcome else { preconditionFailure("every stream has been run") }
      results.append(try outcome.get())
    }
    return results
  }

  /// A training in the middle counts as a tenth of its stream, in which it is the largest single piece.
  func progress(_ plans: [StreamPlan]) -> BacktestProgress {
    var done = 0.0
    var total = 0.0
    var forecasts = 0
    var training: RetrainingProgress?
    for (plan, activity) in zip(plans, activities) {
      let weight = Double(plan.pointCount)
      total += weight
      done += Double(activity.pointCount)
      forecasts += activity.forecastCount
      training = training ?? activity.training
    }
    return BacktestProgress(
      fraction: min(1, done / max(1, total)), forecasts: forecasts, training: training)
  }
}
