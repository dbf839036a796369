import Forecasting
import Metrics
import Pipeline
import Scores
import TimeSeries

/// Runs one stream's history through the daemon's worker.
struct StreamRun {
  let plan: StreamPlan
  let log: PipelineLog

  /// - Parameters:
  ///   - activity: gets the progress.
  ///   - take: gets the forecasts whose targets are known, in order, and the series' values by row.
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
    // After the end of the history the clock goes on and closes the last buckets, as it does for a
    // silent partition, in as many turns as that takes.
    clock.advance(
      milliseconds: source.newestTime + alignment.interval + alignment.allowedLateness)
    while try worker.turn() != .ended {}
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

/// The scores of a stream's series. Each begins at the first forecast, when the history is known.
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
      season: season(plan.stream.model.seasons.first ?? 1, of: series), levels: levels,
      horizon: plan.horizon, history: history(series, actuals))
  }

  private func season(_ length: Int, of series: Int) -> SeasonOfRows {
    SeasonOfRows(
      length: length, of: plan.windows[plan.series[series].window].group,
      zone: plan.stream.model.timeZone)
  }

  /// The values of the rows up to the first origin.
  private func history(_ series: Int, _ actuals: [Double]) -> ArraySlice<Double> {
    actuals[...min(plan.windows[plan.series[series].window].first, actuals.count - 1)]
  }

  /// The scores of all series, including those that were never forecast.
  ///
  /// - Parameter season: the season that was found, for streams that began without one.
  func finished(_ actuals: [[Double]], season: Int?) -> [SeriesScores] {
    scores.enumerated().map { number, scores in
      var finished = scores ?? begin(number, actuals[number])
      if plan.stream.model.seasons.isEmpty, let season {
        finished.scale(
          bySeason: self.season(season, of: number), of: history(number, actuals[number]))
      }
      return finished
    }
  }
}
