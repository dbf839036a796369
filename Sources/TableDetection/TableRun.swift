import Backtest
import Detection
import Forecasting
import Metrics
import Pipeline
import Replay
import TimeSeries

/// Streams one table through the daemon's worker, as the only series of a daemon that starts from
/// nothing.
///
/// Each value closes its own bucket, and trainings happen within the loop, at the row that makes
/// them due. So what is said of a row follows from the rows up to it, wherever the table ends.
struct TableRun {
  /// The same for all tables, so that the name of a file changes nothing.
  private static let key = SeriesKey(name: "value", labels: []).canonical

  let table: LabelledTable
  let seed: UInt64
  let trainingThreads: Int

  /// - Parameter activity: gets the progress, in rows of `units` for all.
  /// - Returns: what the detector says of each row.
  func run(activity: StreamActivity, units: Int) throws(BacktestError) -> [RowJudgement] {
    let stream = try settings()
    var history = History.Series(key: Self.key, kind: .gauge, hasTimes: table.hasTimes)
    history.times = table.points.map(\.time)
    history.values = table.points.map(\.value)
    let source = HistorySource(series: [history])
    let recorder = JudgementRecorder(
      points: table.bucketEnds(stream.alignment), rowCount: table.rowCount,
      firstRow: LabelledTable.surveyedRows)
    var settings = PipelineSettings(streams: [stream]).forHistory
    settings.seed = seed
    settings.sendsReports = false
    let models = ModelRegistry(store: nil)
    activity.begin(models)
    var worker = Worker(
      settings: settings, inputs: HistorySource.decoders, source: source, sink: DiscardingSink(),
      clock: ManualClock(), models: models, metrics: PipelineMetrics(registry: MetricsRegistry()),
      snapshots: nil, log: .silent, trainer: nil)
    worker.observer = recorder
    do throws(TransportError) {
      while try worker.runOnce() != .ended {
        let share = Double(source.deliveredCount) / Double(max(1, table.points.count))
        activity.note(points: Int(share * Double(units)), forecasts: recorder.judgedCount)
      }
    } catch {
      throw .worker("\(error)")
    }
    return recorder.judgements
  }

  /// The settings of a daemon's stream by default, with the interval that the first rows show.
  /// Nothing in them follows from later rows, not even the length of the table.
  private func settings() throws(BacktestError) -> StreamSettings {
    let interval = table.interval
    let usual = StreamGuess.usualSeasons(interval: interval)
      .filter { $0 >= 2 * interval && $0 % interval == 0 }.map { Int($0 / interval) }
    let seasons = table.hasTimes ? usual : []
    do throws(TimeSeriesError) {
      var stream = StreamSettings(
        name: "table", patterns: [try SeriesPattern("*")],
        alignment: AlignmentSettings(interval: interval, closeOnArrival: true),
        model: ModelSettings(interval: interval, seasons: seasons), training: TrainingSettings(),
        retraining: try Schedule(every: Milliseconds(seasons.last ?? 168) * interval),
        anomalies: AnomalySettings())
      stream.findsSeasons = true
      stream.training.threads = trainingThreads
      if !table.hasTimes { stream.takeTimeAsIndex(interval: interval) }
      return stream
    } catch {
      throw .settings("\(error)")
    }
  }
}
