import Forecasting
package import MetricFormats
import Metrics
package import Pipeline
import TimeSeries

/// The progress of a replay.
package struct ReplayProgress: Sendable, Equatable {
  package var bytes: Int
  package var totalBytes: Int
  package var forecasts: Int
  package var anomalies: Int
}

/// Runs the daemon's worker loop from input files to output files.
///
/// Training happens within the loop, at the record that makes it due, and no clock is read: one
/// seed and the same files give the same bytes, whatever the size of the batches.
package struct ReplayRun {
  private let paths: [String]
  private let content: ReplayFile.Content?
  private let configuration: PipelineSettings?
  private let seasons: SeasonChoice?
  private let lineFormat: InputFormat
  private let outputDirectory: String?
  private let seed: UInt64
  private let limits: BatchLimits
  private let log: PipelineLog

  /// - Parameters:
  ///   - paths: files, or directories of files.
  ///   - content: of all files; `nil` decides by each name, or else by the first line.
  ///   - configuration: `nil` guesses the streams from the files.
  ///   - seasons: of every stream, in place of those of the configuration or the guess.
  ///   - lineFormat: of files that are not tables.
  ///   - outputDirectory: where records and the report are written; `nil` writes nothing.
  package init(
    paths: [String], content: ReplayFile.Content? = nil, configuration: PipelineSettings? = nil,
    seasons: SeasonChoice? = nil, lineFormat: InputFormat = .auto,
    outputDirectory: String? = nil, seed: UInt64 = 1,
    limits: BatchLimits = BatchLimits(), log: PipelineLog = .silent
  ) {
    self.paths = paths
    self.content = content
    self.configuration = configuration
    self.seasons = seasons
    self.lineFormat = lineFormat
    self.outputDirectory = outputDirectory
    self.seed = seed
    self.limits = limits
    self.log = log
  }

  /// - Parameter progress: called after each batch.
  /// - Throws: where files cannot be read or written, or the configuration does not fit them.
  package func run(
    progress: (ReplayProgress) -> Void = { _ in }
  ) throws(ReplayError) -> ReplayReport {
    let clock = SystemClock()
    let began = clock.monotonicNanoseconds()
    let files = try ReplayFile.find(paths, content: content)
    let source = try ReplaySource(files: files, lineFormat: lineFormat)
    let (settings, naiveSeasons) = try settings(files: files)
    guard source.hasTimes || settings.timeIsIndex else {
      throw .settings(
        "the files only number their rows: set time: index for the streams of the configuration")
    }
    let output = try outputDirectory.map { directory throws(ReplayError) in
      try FileSink(directory: directory) { source.origin(of: $0) }
    }
    let board = ScoreBoard(
      before: output ?? DiscardingSink(), streams: settings.streams, seasons: naiveSeasons)
    let metrics = PipelineMetrics(registry: MetricsRegistry())
    try work(settings, source, board, metrics, progress)

    var report = ReplayReport(
      fileCount: files.count, board: board, source: source, metrics: metrics,
      settings: settings)
    try output?.finish()
    if let outputDirectory { try write(report, to: outputDirectory) }
    report.seconds = Double(clock.monotonicNanoseconds() - began) * 1e-9
    return report
  }

  private func work(
    _ settings: PipelineSettings, _ source: ReplaySource, _ board: ScoreBoard,
    _ metrics: PipelineMetrics, _ progress: (ReplayProgress) -> Void
  ) throws(ReplayError) {
    // A clock that stands still: with wall time equal replays would differ.
    var worker = Worker(
      settings: settings, inputs: ReplaySource.decoders, source: source, sink: board,
      clock: ManualClock(), models: ModelRegistry(store: nil), metrics: metrics, snapshots: nil,
      log: log, trainer: nil)
    worker.observer = board
    let total = source.totalByteCount
    do {
      while try worker.runOnce() != .ended {
        progress(
          ReplayProgress(
            bytes: source.consumedByteCount, totalBytes: total,
            forecasts: board.forecastRecordCount, anomalies: board.anomalyCount))
      }
      try worker.shutDown()
    } catch {
      throw .worker("\(error)")
    }
  }

  /// The settings of the worker, and the season of each stream's seasonal naive forecast. Where
  /// seasons are to be found, this is the season of the configuration or the guess.
  private func settings(
    files: [ReplayFile]
  ) throws(ReplayError) -> (PipelineSettings, naiveSeasons: [Int]) {
    var settings =
      if let configuration {
        configuration
      } else {
        PipelineSettings(
          streams: try StreamGuess.streams(files: files, lineFormat: lineFormat))
      }
    var naiveSeasons = settings.streams.map { $0.model.seasons.first ?? 1 }
    if let seasons {
      for stream in settings.streams.indices {
        seasons.apply(to: &settings.streams[stream])
        do throws(ForecastingError) {
          try settings.streams[stream].model.validate()
        } catch {
          throw .settings("\(error)")
        }
        if let season = settings.streams[stream].model.seasons.first {
          naiveSeasons[stream] = season
        }
      }
    }
    settings.limits = limits
    settings.seed = seed
    settings.start = .earliest
    settings.isInOrder = true
    // After every batch: the clock stands still.
    settings.commitIntervalMilliseconds = 0
    settings.idleMilliseconds = 0
    settings.isTransactional = false
    settings.sendsDeadLetters = true
    settings.sendsReports = true
    return (settings, naiveSeasons)
  }

  private func write(_ report: ReplayReport, to directory: String) throws(ReplayError) {
    let file = try PartFile(path: directory + "/report.json")
    try file.write(try report.json())
    try file.finish()
  }
}
