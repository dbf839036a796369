import Backtest
import Detection
import Forecasting
import Metrics
import Pipeline
import Replay
import TestSupport
import TimeSeries

/// Streams the series of one kind through the daemon's worker, as one stream that starts from
/// nothing, with one budget.
///
/// The clean weeks are the same for all budgets. At the budget for faults a stage follows in which
/// each series has one.
struct KindTrial {
  /// A Monday.
  private static let start: Milliseconds = 1_704_067_200_000
  private static let week: Milliseconds = 604_800_000

  let kind: SeriesKind
  let budget: TrialSettings.Budget
  let settings: TrialSettings

  private var hasFaults: Bool { budget.name == TrialSettings.faultBudget }
  private var cleanCount: Int { settings.cleanCount(kind) }

  /// Points of all series, from which progress is estimated.
  var pointCount: Int { settings.seriesCount * stepCount }

  private var stepCount: Int {
    guard hasFaults else { return cleanCount }
    let longest = Fault.possible(in: kind).map { $0.stepCount(kind) }.max() ?? 0
    return cleanCount + kind.stepsPerDay + longest + pace.rest + 1
  }

  private var pace: DetectionPace { DetectionPace(interval: kind.interval) }

  func run(activity: StreamActivity) throws(BacktestError) -> KindResult {
    let series = (0..<settings.seriesCount).map(generate)
    let keys = series.indices.map { SeriesKey(name: "series-\($0)", labels: []).canonical }
    let stream = try streamSettings()
    let recorder = EvidenceRecorder(
      keys: keys, firstEnd: stream.alignment.bucketEnd(of: Self.start), interval: kind.interval,
      forecastSteps: 7 * kind.stepsPerDay..<cleanCount)
    let metrics = PipelineMetrics(registry: MetricsRegistry())
    try work(
      HistorySource(series: zip(series, keys).map { history($0, key: $1) }), stream, recorder,
      metrics, activity)
    guard recorder.judgedCount > 0 else { throw .worker("\(kind.rawValue): no step was judged") }
    return KindResult(
      kind: kind, budget: budget, cleanCount: cleanCount, rest: pace.rest,
      marks: recorder.marks, injections: series.map(\.injection),
      trainingCount: Int(metrics.retrainings.value),
      ownSpikes: series.reduce(0) { $0 + $1.ownSpikes }, networkShare: recorder.networkShare)
  }

  private func work(
    _ source: HistorySource, _ stream: StreamSettings, _ recorder: EvidenceRecorder,
    _ metrics: PipelineMetrics, _ activity: StreamActivity
  ) throws(BacktestError) {
    var pipeline = PipelineSettings(streams: [stream]).forHistory
    pipeline.seed = settings.seed
    pipeline.sendsReports = false
    let models = ModelRegistry(store: nil)
    activity.begin(models)
    var worker = Worker(
      settings: pipeline, inputs: HistorySource.decoders, source: source, sink: DiscardingSink(),
      clock: ManualClock(), models: models, metrics: metrics, snapshots: nil, log: .silent,
      trainer: nil)
    worker.observer = recorder
    do throws(TransportError) {
      while try worker.runOnce() != .ended {
        activity.note(points: source.deliveredCount, forecasts: recorder.judgedCount)
      }
    } catch {
      throw .worker("\(error)")
    }
  }

  /// A series with its fault: they take turns, and begin somewhere in a day.
  private func generate(_ number: Int) -> GeneratedSeries {
    let faults = Fault.possible(in: kind)
    var injection: Injection?
    if hasFaults {
      var random = RandomSource(seed: settings.seed &+ UInt64(number) &* 7_919)
      let offset = Int(random.uniform() * Double(kind.stepsPerDay))
      injection = Injection(
        fault: faults[number % faults.count], step: cleanCount + offset,
        isUpwards: random.chance(0.5))
    }
    return GeneratedSeries(
      kind: kind, number: number, seed: settings.seed, stepCount: stepCount,
      cleanCount: cleanCount, injection: injection)
  }

  private func history(_ series: GeneratedSeries, key: [UInt8]) -> History.Series {
    var history = History.Series(key: key, kind: .gauge)
    for (step, value) in series.values.enumerated() where !value.isNaN {
      history.times.append(Self.start + Milliseconds(step) * kind.interval)
      history.values.append(value)
    }
    return history
  }

  /// The settings of `forecastd detect`, which are a daemon's by default with the usual seasons, but
  /// trainings once a week.
  private func streamSettings() throws(BacktestError) -> StreamSettings {
    let seasons = StreamGuess.usualSeasons(interval: kind.interval).map { Int($0 / kind.interval) }
    do throws(TimeSeriesError) {
      var stream = StreamSettings(
        name: kind.rawValue, patterns: [try SeriesPattern("*")],
        alignment: AlignmentSettings(interval: kind.interval, closeOnArrival: true),
        model: ModelSettings(interval: kind.interval, seasons: seasons),
        training: TrainingSettings(),
        retraining: settings.isTrained ? try Schedule(every: Self.week) : nil,
        anomalies: AnomalySettings())
      stream.findsSeasons = true
      stream.training.fullSteps = settings.trainingSteps
      stream.publishedQuantiles = ForecastLevels.published
      stream.anomalies.budget = budget.budget
      return stream
    } catch {
      throw .settings("\(error)")
    }
  }
}
