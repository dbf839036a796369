import Forecasting
package import MetricFormats
import Metrics
package import Pipeline
import TimeSeries

/// Trains the models of a new installation on a recorded history, and writes them where
/// `forecastd run` reads them. The history goes through the daemon's worker, as in a backtest.
package struct HistoryTraining {
  /// The result of one stream.
  package struct Outcome: Sendable {
    package var stream: String
    package var series: Int
    package var steps: Int
    /// Steps of the longest series.
    package var longest: Int
    package var historyMinimum: Int
    /// `nil` where the history was too short.
    package var training: TrainingRecord?
  }

  private let history: History
  private let configuration: PipelineSettings
  private let store: ModelStore
  private let log: PipelineLog

  /// - Parameters:
  ///   - configuration: the daemon's.
  ///   - stateDirectory: the daemon's; made where it is missing.
  /// - Throws: where the directory cannot be used.
  package init(
    _ history: History, configuration: PipelineSettings, stateDirectory: String,
    log: PipelineLog = .silent
  ) throws(BacktestError) {
    self.history = history
    self.configuration = configuration
    self.log = log
    do throws(StateDirectoryError) {
      store = try ModelStore(directory: stateDirectory + "/models")
    } catch {
      throw .file("\(error)")
    }
  }

  /// Trains each stream that has series once, beginning with its newest model if there is one; the
  /// gate decides whether the result replaces that model.
  ///
  /// - Parameter progress: called several times a second, on the calling thread.
  /// - Throws: where no series matches a stream, or the worker fails.
  package func run(
    threads: Int, progress: (BacktestProgress) -> Void = { _ in }
  ) throws(BacktestError) -> [Outcome] {
    var options = BacktestOptions()
    options.configuration = configuration
    let streams = try StreamPlan.streams(history, options).map { settings, series in
      (settings: settings, series: series.map { history.series[$0] })
    }
    let jobs = StreamJobs<Outcome>(
      pointCounts: streams.map { $0.series.reduce(0) { $0 + $1.times.count } })
    let configuration = configuration
    let store = store
    let log = log
    return try jobs.run(threads: threads, progress: progress) {
      number, activity throws(BacktestError) in
      var settings = configuration
      settings.streams = [streams[number].settings]
      settings.streams[0].training.threads = max(1, threads / streams.count)
      return try Self.train(
        settings, on: streams[number].series, store: store, activity: activity, log: log)
    }
  }

  private static func train(
    _ configuration: PipelineSettings, on series: [History.Series], store: ModelStore,
    activity: StreamActivity, log: PipelineLog
  ) throws(BacktestError) -> Outcome {
    let stream = configuration.streams[0]
    var settings = configuration.forHistory
    // No schedule: there is one training, at the end.
    settings.streams[0].retraining = nil
    let source = HistorySource(series: series)
    let sink = ReportSink()
    let clock = ManualClock()
    let models = ModelRegistry(store: store)
    models.installNewest(of: stream, from: store, log: log)
    activity.begin(models)
    let counter = StepCounter()
    var worker = Worker(
      settings: settings, inputs: HistorySource.decoders, source: source, sink: sink, clock: clock,
      models: models, metrics: PipelineMetrics(registry: MetricsRegistry()), snapshots: nil,
      log: log, trainer: nil)
    worker.observer = counter
    do throws(TransportError) {
      while try worker.runOnce() != .ended {
        activity.note(points: source.deliveredCount, forecasts: 0)
      }
      clock.advance(
        milliseconds: source.newestTime + stream.alignment.interval
          + stream.alignment.allowedLateness)
      while try worker.runOnce() != .ended {}
      try worker.trainNow()
    } catch {
      throw .worker("\(error)")
    }
    let training = sink.retrainings.last
    if training != nil {
      do throws(ModelStoreError) {
        try store.saveHistory(worker.trainingStore(ofStream: 0), stream: stream.name)
      } catch {
        throw .file("\(error)")
      }
    }
    return Outcome(
      stream: stream.name, series: series.count, steps: counter.count, longest: counter.longest,
      historyMinimum: stream.training.minimumHistory, training: training)
  }
}

/// Counts the steps of each series.
private final class StepCounter: PipelineObserver {
  private var counts: [[UInt8]: Int] = [:]

  var count: Int { counts.values.reduce(0, +) }
  var longest: Int { counts.values.max() ?? 0 }

  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {
    counts[key, default: 0] += 1
  }

  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {}
}
