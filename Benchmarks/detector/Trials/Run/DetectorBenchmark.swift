package import Backtest

/// Measures the realised rate of false alarms and the recall of faults on generated series.
///
/// Each kind at each budget is a job of its own, and the result is the same for any number of
/// threads.
package struct DetectorBenchmark {
  private let settings: TrialSettings

  package init(_ settings: TrialSettings) { self.settings = settings }

  /// - Parameter progress: called several times a second, on the calling thread.
  package func run(
    progress: (BacktestProgress) -> Void
  ) throws(BacktestError) -> DetectorReport {
    let settings = settings
    let trials = settings.budgets.flatMap { budget in
      settings.kinds.map { KindTrial(kind: $0, budget: budget, settings: settings) }
    }
    let jobs = StreamJobs<KindResult>(pointCounts: trials.map(\.pointCount))
    let results = try jobs.run(threads: settings.threads, progress: progress) {
      number, activity throws(BacktestError) in
      try trials[number].run(activity: activity)
    }
    return DetectorReport(settings: settings, results: results)
  }
}
