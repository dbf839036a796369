import Forecasting
import MetricFormats
import Metrics
package import Pipeline
import TimeSeries

/// How far a replay is.
package struct ReplayProgress: Sendable, Equatable {
  package var bytes: Int
  package var totalBytes: Int
  package var forecasts: Int
  package var anomalies: Int
}

/// A replay: the daemon's worker loop between files and files.
///
/// Training happens within the loop, at the record that makes it due, and no clock is read, so that
/// one seed and the same files give the same bytes, whatever the batches hold.
package struct ReplayRun {
  private let paths: [String]
  private let content: ReplayFile.Content?
  private let configuration: PipelineSettings?
  private let seasons: SeasonChoice?
  private let inputs: [InputDecoders.Input]
  private let outputDirectory: String?
  private let seed: UInt64
  private let limits: BatchLimits
  private let log: PipelineLog

  /// - Parameters:
  ///   - paths: files, or directories of files.
  ///   - content: of all files; `nil` tells it by their names, else by their first lines.
  ///   - configuration: `nil` guesses the streams from the files.
  ///   - seasons: of every stream, whatever the configuration or the guess says.
  ///   - inputs: how lines are read that are not rows of tables; all must have one format. Without
  ///     one, whichever format a line looks like.
  ///   - outputDirectory: where records and the report are written; `nil` writes nothing.
  package init(
    paths: [String], content: ReplayFile.Content? = nil, configuration: PipelineSettings? = nil,
    seasons: SeasonChoice? = nil, inputs: [InputDecoders.Input] = [],
    outputDirectory: String? = nil, seed: UInt64 = 1,
    limits: BatchLimits = BatchLimits(), log: PipelineLog = .silent
  ) {
    self.paths = paths
    self.content = content
    self.configuration = configuration
    self.seasons = seasons
    self.inputs = inputs
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
    let format = try lineFormat()
    let source = try ReplaySource(files: files, lineFormat: format)
    let (settings, naiveSeasons) = try settings(files: files, lineFormat: format)
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

    var report = ReplayReport(board: board, source: source, metrics: metrics)
    report.files = files.count
    try output?.finish()
    if let outputDirectory { try write(report, to: outputDirectory) }
    report.seconds = Double(clock.monotonicNanoseconds() - began) * 1e-9
    return report
  }

  private func work(
    _ settings: PipelineSettings, _ source: ReplaySource, _ board: ScoreBoard,
    _ metrics: PipelineMetrics, _ progress: (ReplayProgress) -> Void
  ) throws(ReplayError) {
    // A clock that stands still: wall time would tell replays apart.
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

  /// What the worker does, and of each stream the season of the naive forecast that ours are compared
  /// with: where seasons are to be found, those that the configuration or the guess would have had.
  private func settings(
    files: [ReplayFile], lineFormat: InputFormat
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
    // After every batch: the clock stands still.
    settings.commitIntervalMilliseconds = 0
    settings.idleMilliseconds = 0
    settings.isTransactional = false
    settings.sendsDeadLetters = true
    settings.sendsReports = true
    return (settings, naiveSeasons)
  }

  private func lineFormat() throws(ReplayError) -> InputFormat {
    let names = Set(inputs.map(\.format.format.name)).sorted()
    guard names.count <= 1 else { throw .severalFormats(names) }
    if let input = inputs.first { return input.format }
    do {
      return try InputFormat(name: "auto")
    } catch {
      throw .settings("\(error)")
    }
  }

  private func write(_ report: ReplayReport, to directory: String) throws(ReplayError) {
    let file = try PartFile(path: directory + "/report.json")
    try file.write(try report.json())
    try file.finish()
  }
}

extension ReplayReport {
  fileprivate init(
    board: ScoreBoard, source: ReplaySource, metrics: PipelineMetrics
  ) {
    files = 0
    bytes = source.totalByteCount
    streams = board.streams.map {
      Stream(name: $0.name, intervalMilliseconds: $0.interval, naiveSeason: $0.season)
    }
    series = board.scores.map { key, score in
      Series(
        key: String(decoding: key, as: UTF8.self), stream: score.stream.name,
        steps: score.stepCount, missingSteps: score.missingCount, forecasts: score.forecastCount,
        anomalies: score.anomalyCount, score: score.total(warmUpShare: ScoreBoard.warmUpShare))
    }.sorted { $0.key < $1.key }
    points = Int(metrics.points.inTime)
    missingValues = source.missingValueCount
    forecastRecords = board.forecastRecordCount
    anomalies = board.anomalyCount
    deadLetters = board.deadLetterCount
    drops = [:]
    for reason in DropReason.allCases where metrics.drops[reason] > 0 {
      drops[reason.name] = Int(metrics.drops[reason])
    }
    retrainings = board.retrainings
    seconds = 0
  }
}
