package import Backtest
import Pipeline
import Replay

/// Runs the detector over tables, each a series of its own, and scores it where there are labels.
///
/// Tables share nothing: each has a worker of its own on one of `threads` threads, and the result
/// is the same for any number of threads.
package struct TableDetectionRun {
  private let files: [TableFile]
  private let outputDirectory: String?
  private let seed: UInt64
  private let threads: Int

  /// - Parameters:
  ///   - paths: tables, or directories that are searched for `*.csv`.
  ///   - outputDirectory: where results and reports are written; `nil` writes nothing.
  /// - Throws: where there is no table, a file is no table, or a result would replace a table.
  package init(
    paths: [String], outputDirectory: String?, seed: UInt64 = 1, threads: Int = 1
  ) throws(BacktestError) {
    files = try TableFile.find(paths, output: outputDirectory)
    for file in files { try file.checkHeader() }
    self.outputDirectory = outputDirectory
    self.seed = seed
    self.threads = threads
  }

  /// - Parameter progress: called several times a second, on the calling thread.
  /// - Throws: where a table cannot be read or run, or the output cannot be written.
  package func run(
    progress: (BacktestProgress) -> Void = { _ in }
  ) throws(BacktestError) -> TableDetectionReport {
    let clock = SystemClock()
    let began = clock.monotonicNanoseconds()
    let (files, seed, output) = (files, seed, outputDirectory)
    let trainingThreads = max(1, threads / files.count)
    let jobs = StreamJobs<TableResult>(pointCounts: files.map(\.byteCount))
    let results = try jobs.run(threads: threads, progress: progress) {
      number, activity throws(BacktestError) in
      let file = files[number]
      let table = try LabelledTable(try file.read(), path: file.path)
      let run = TableRun(table: table, seed: seed, trainingThreads: trainingThreads)
      let judgements = try run.run(activity: activity, units: file.byteCount)
      if let output {
        try ResultTable.write(ResultTable.bytes(table, judgements), to: file.name, in: output)
      }
      return TableResult(table, name: file.name, judgements: judgements)
    }
    let report = TableDetectionReport(
      tables: results, seed: seed,
      seconds: Double(clock.monotonicNanoseconds() - began) * 1e-9)
    if let output {
      try ResultTable.write(try report.json(), to: "report.json", in: output)
      try ResultTable.write(TableDetectionPage(report).html, to: "report.html", in: output)
    }
    return report
  }
}
