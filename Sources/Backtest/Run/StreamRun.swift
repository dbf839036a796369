import Forecasting
import Metrics
import Pipeline
import Synchronization
import TimeSeries

/// Runs one stream's history through the daemon's worker.
struct StreamRun {
  let plan: StreamPlan
  let log: PipelineLog

  /// - Parameters:
  ///   - activity: told how far it is.
  ///   - take: gets forecasts whose targets are known, in order, with the series' values by row.
  func run(
    activity: StreamActivity,
    take: (ForecastRecorder.Matured, _ actuals: [Double]) throws(BacktestError) -> Void
  ) throws(BacktestError) -> StreamResult {
    let source = HistorySource(series: plan.series.map(\.source))
    let recorder = ForecastRecorder(plan)
    let sink = ReportSink()
    let clock = ManualClock()
    let models = ModelRegistry(store: nil)
    activity.begin(models)
    var worker = Worker(
      settings: plan.settings, inputs: HistorySource.decoders, source: source, sink: sink,
      clock: clock, models: models, metrics: PipelineMetrics(registry: MetricsRegistry()),
      snapshots: nil, log: log, trainer: nil)
    worker.observer = recorder
    var scores = Scoring(plan)
    func handOn(through end: Milliseconds) throws(BacktestError) {
      for forecast in recorder.takeMatured(through: end) {
        let actuals = recorder.actuals[forecast.series]
        scores.add(forecast, actuals: actuals)
        try take(forecast, actuals)
      }
      activity.note(points: source.deliveredCount, forecasts: recorder.forecastCount)
    }
    let alignment = plan.stream.alignment
    while try worker.turn() != .ended {
      guard source.newestTime != .min else { continue }
      try handOn(
        through: AlignmentSettings.floor(
          source.newestTime - alignment.allowedLateness, to: alignment.interval))
    }
    // The history is over, but time goes on: the clock closes the last buckets, as it does for a
    // partition that falls silent.
    clock.advance(
      milliseconds: source.newestTime + alignment.interval + alignment.allowedLateness)
    _ = try worker.turn()
    try handOn(through: .max)
    let seasons = models.champion(of: plan.stream.name)?.settings.seasons ?? []
    return StreamResult(
      plan: plan, actuals: recorder.actuals, seasons: seasons,
      scores: scores.finished(recorder.actuals, season: seasons.first),
      stepCount: recorder.stepCount, retrainings: sink.retrainings)
  }
}

extension Worker {
  fileprivate mutating func turn() throws(BacktestError) -> Progress {
    do throws(TransportError) {
      return try runOnce()
    } catch {
      throw .worker("\(error)")
    }
  }
}

/// The scores of a stream's series, each begun with its first forecast, when its history is known.
private struct Scoring {
  let plan: StreamPlan
  let levels: ScoredLevels
  private var scores: [SeriesScores?]

  init(_ plan: StreamPlan) {
    self.plan = plan
    levels = ScoredLevels(plan.quantiles)
    scores = Array(repeating: nil, count: plan.series.count)
  }

  mutating func add(_ forecast: ForecastRecorder.Matured, actuals: [Double]) {
    var scored = scores[forecast.series] ?? begin(forecast.series, actuals)
    scores[forecast.series] = nil
    scored.add(forecast, actuals: actuals)
    scores[forecast.series] = scored
  }

  private func begin(_ series: Int, _ actuals: [Double]) -> SeriesScores {
    SeriesScores(
      name: plan.series[series].source.name, stream: plan.stream.name,
      season: plan.stream.model.seasons.first ?? 1, levels: levels, horizon: plan.horizon,
      history: history(series, actuals))
  }

  /// Of the rows up to the first origin.
  private func history(_ series: Int, _ actuals: [Double]) -> ArraySlice<Double> {
    actuals[...min(plan.windows[plan.series[series].window].first, actuals.count - 1)]
  }

  /// Also of the series that were never forecast.
  ///
  /// - Parameter season: that was found, for streams that began without.
  func finished(_ actuals: [[Double]], season: Int?) -> [SeriesScores] {
    scores.enumerated().map { number, scores in
      var finished = scores ?? begin(number, actuals[number])
      if plan.stream.model.seasons.isEmpty, let season {
        finished.scale(bySeason: season, of: history(number, actuals[number]))
      }
      return finished
    }
  }
}

/// What came of one stream.
struct StreamResult: Sendable {
  var plan: StreamPlan
  /// Of each series, by row; NaN where missing.
  var actuals: [[Double]]
  /// Of the model in use at the end, steps.
  var seasons: [Int]
  var scores: [SeriesScores]
  var stepCount: Int
  var retrainings: [Retraining]

  var seasonText: String {
    let lengths = seasons.map { "\($0)" }.joined(separator: ", ")
    return (lengths.isEmpty ? "none" : lengths)
      + (plan.stream.findsSeasons && seasons != plan.stream.model.seasons ? " (found)" : "")
  }
}

/// How far a stream is; written by its thread, read by the one that shows it.
final class StreamActivity: Sendable {
  private let points = Atomic<Int>(0)
  private let forecasts = Atomic<Int>(0)
  private let models = Mutex<ModelRegistry?>(nil)

  func begin(_ registry: ModelRegistry) { models.withLock { $0 = registry } }

  func note(points: Int, forecasts: Int) {
    self.points.store(points, ordering: .relaxed)
    self.forecasts.store(forecasts, ordering: .relaxed)
  }

  var pointCount: Int { points.load(ordering: .relaxed) }
  var forecastCount: Int { forecasts.load(ordering: .relaxed) }
  /// Of the training that is under way, if there is one.
  var training: RetrainingProgress? { models.withLock { $0?.progress } }

  /// How far the first training is, 0…1: the largest single piece of the work.
  var firstTrainingShare: Double {
    guard let registry = models.withLock({ $0 }) else { return 0 }
    if registry.generation > 0 { return 1 }
    return registry.progress.map { Double($0.step) / Double(max(1, $0.stepCount)) } ?? 0
  }
}
