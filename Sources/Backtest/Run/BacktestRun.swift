package import Pipeline

/// Streams a history through the daemon's worker and scores its forecasts.
///
/// Streams share nothing: each has a worker of its own on one of `threads` threads, and the result
/// is the same for any number of threads.
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
      unusableValues: history.unusableCount, timeNotices: StreamPlan.timeNotices(of: plans))
    self.options = options
    self.outputDirectory = outputDirectory
    self.log = log
  }

  /// - Parameter progress: called several times a second, on the calling thread.
  /// - Throws: where a stream cannot be run or the output cannot be written.
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
      try output.write("report.html", ReportPage(report).html)
    }
    return report
  }

  private func runStreams(
    _ output: BacktestOutput?, _ progress: (BacktestProgress) -> Void
  ) throws(BacktestError) -> [StreamResult] {
    let plans = plans
    let log = log
    let jobs = StreamJobs<StreamResult>(pointCounts: plans.map(\.pointCount))
    return try jobs.run(threads: options.threads, progress: progress) {
      number, activity throws(BacktestError) in
      let table = try output?.table(number, plans[number])
      let result = try StreamRun(plan: plans[number], log: log).run(activity: activity) {
        forecast, actuals throws(BacktestError) in
        try table?.append(forecast, actuals: actuals)
      }
      try table?.finish()
      return result
    }
  }
}
