import Calibration
import Detection
import Forecasting
import MetricFormats
import TimeSeries

/// The series of one stream in one partition: their tables, their model, and what an abort
/// restores.
struct StreamState: Sendable {
  let settings: StreamSettings
  let isJournaled: Bool
  var model: ForecastModel
  var alignment: AlignmentTable
  /// Points that have no place in `alignment` yet.
  var waiting: WaitingPoints
  var doubts = DoubtTable()
  var states: SeriesStates
  var anomalies: AnomalyTable
  /// The groups of the series, if the stream has any.
  var groups: GroupTable
  /// What was spent of the budget of false alarms.
  var ledger: AlarmLedger
  /// Incidents that opened since the last commit.
  var openings = OpeningCounts()
  var calibration: CalibrationTable
  var training: TrainingStore
  /// Recorded histories for new series; `nil` if the state was restored from a snapshot.
  var recorded: RecordedHistory?
  var drift = DriftMonitor()
  /// What is planned for the steps; not part of the committed state.
  var planned: PlannedSteps
  /// Event time of the newest value that can be trained on.
  var newestValue: Milliseconds = .min
  private(set) var series = SeriesRows()
  var silence: SilenceWatch
  private var deliveries = TrainingDeliveries()
  private var touched = TouchedRows()
  private var dueRows: [Int] = []
  private var committedCount = 0
  private var committedSilenceCheck: Milliseconds = .min
  /// The counts that `takeCounts` has returned so far.
  private var takenCounts = AlignmentCounts()
  private var committedDrift = DriftMonitor()
  private var committedWaiting: WaitingPoints
  private var committedGroups: GroupTable
  private var committedLedger: AlarmLedger
  private var committedPool = TailPool()
  /// When the detector's pool is renewed next, as the pool says. It is kept here because it is looked at
  /// with each record, and a look at a table of another module copies it.
  private(set) var nextRenewal = Milliseconds.min
  /// States under a model of the same form that is about to be adopted. They are a cache, so they
  /// are no part of the committed state.
  private var prepared: ReplayedHiddenStates?
  /// States under a model with other seasons that is about to be adopted; a cache as well.
  private var rebuilt: RebuiltStream?

  init(settings: StreamSettings, model: ForecastModel, isJournaled: Bool) {
    self.settings = settings
    self.model = model
    self.isJournaled = isJournaled
    alignment = AlignmentTable(settings: settings.alignment)
    waiting = WaitingPoints(settings.alignment)
    committedWaiting = waiting
    states = SeriesStates(settings: model.settings)
    anomalies = AnomalyTable(
      settings: settings.anomalies,
      pace: DetectionPace(
        interval: settings.alignment.interval, timeIsIndex: settings.alignment.timeIsIndex))
    let pace = GroupPace(
      interval: settings.alignment.interval, timeIsIndex: settings.alignment.timeIsIndex)
    groups = GroupTable(budget: settings.anomalies.budget, pace: pace)
    committedGroups = groups
    ledger = AlarmLedger(budget: settings.anomalies.budget, pace: pace)
    committedLedger = ledger
    calibration = CalibrationTable(
      settings: settings.calibration, interval: settings.alignment.interval,
      seasons: model.settings.seasons, horizon: settings.model.horizon,
      levels: settings.model.quantiles, isNonNegative: settings.model.nonNegative,
      timeZone: settings.model.timeZone)
    training = TrainingStore(
      interval: settings.alignment.interval, settings: settings.training,
      timeIsIndex: settings.alignment.timeIsIndex)
    silence = SilenceWatch(settings: settings)
    planned = PlannedSteps(settings.planned, interval: settings.alignment.interval)
    alignment.plan(planned.suppressing)
  }

  /// Gives a new series a row.
  mutating func begin(key: [UInt8]) -> Int {
    let (row, isAppended) = series.take(key: key)
    if isAppended {
      alignment.appendRow()
      doubts.appendRow()
      states.appendRow()
      anomalies.appendRow()
      calibration.appendRow()
    }
    deliveries.begin(row: row, key: key)
    joinGroup(key: key, row: row)
    planned.forget(row: row)
    anomalies.feedback.begin(row: row, key: key)
    return row
  }

  /// Frees the row of a series, and forgets all that was known of the series.
  ///
  /// - Precondition: no step of the series waits to be computed.
  mutating func forget(_ row: Int) {
    touch(row)
    alignment.reset(row: row)
    waiting.forget(row: row)
    doubts.reset(row: row)
    states.reset(row: row)
    anomalies.reset(row: row)
    calibration.reset(row: row)
    groups.setGroup(nil, ofRow: row)
    series.release(row)
    deliveries.forget(row: row)
  }

  /// Describes the next row of a snapshot, whose tables are restored as a whole.
  ///
  /// - Parameter key: empty if the row was free.
  mutating func describeSeries(key: [UInt8]) {
    series.append(key: key)
    guard !key.isEmpty else { return }
    deliveries.begin(row: series.count - 1, key: key)
    joinGroup(key: key, row: series.count - 1)
  }

  /// Saves a row before its first change since the last commit.
  mutating func touch(_ row: Int) {
    guard isJournaled, touched.touch(row) else { return }
    alignment.remember(row: row)
    doubts.remember(row: row)
    states.remember(row: row)
    anomalies.remember(row: row)
    calibration.remember(row: row)
  }

  /// Closes some of the buckets that are due by the clock.
  mutating func closeBuckets(
    by clock: PartitionClock, atMost limit: Int, into steps: inout [Step]
  ) {
    dueRows.removeAll(keepingCapacity: true)
    alignment.dueRows(at: clock.watermark, atMost: limit, into: &dueRows)
    for row in dueRows { touch(row) }
    _ = alignment.close(
      dueRows, at: clock.watermark, target: clock.target, isSilent: clock.move.isSilent,
      into: &steps)
  }

  /// Keeps a step for the training store, which receives it with the commit.
  ///
  /// - Parameter value: NaN if the value is missing or an anomaly.
  mutating func addSample(row: Int, time: Milliseconds, value: Double) {
    if value.isFinite { newestValue = max(newestValue, time) }
    deliveries.add(row: row, time: time, value: value)
  }

  /// Hands the steps since the last commit to the training store.
  mutating func flushSamples() { deliveries.deliver(to: &training, recorded: recorded) }

  mutating func commit() {
    flushSamples()
    alignment.commit()
    doubts.commit()
    states.commit()
    anomalies.commit()
    calibration.commit()
    series.commit()
    touched.removeAll()
    committedCount = series.count
    committedDrift = drift
    committedWaiting = waiting
    committedGroups = groups
    committedLedger = ledger
    committedPool = anomalies.pool
    committedSilenceCheck = silence.nextCheck
  }

  /// The counts of alignment since the last call.
  mutating func takeCounts() -> AlignmentCounts {
    let counts = alignment.counts - takenCounts
    takenCounts = alignment.counts
    return counts
  }

  mutating func rollBack() {
    precondition(isJournaled, "only a journaled stream can go back")
    alignment.rollBack(rows: touched.rows, keeping: committedCount)
    doubts.rollBack(rows: touched.rows, keeping: committedCount)
    states.rollBack(rows: touched.rows, keeping: committedCount)
    anomalies.rollBack(rows: touched.rows, keeping: committedCount)
    calibration.rollBack(rows: touched.rows, keeping: committedCount)
    series.rollBack()
    silence.restart(nextCheck: committedSilenceCheck)
    touched.removeAll()
    drift = committedDrift
    waiting = committedWaiting
    groups = committedGroups
    ledger = committedLedger
    anomalies.restorePool(committedPool)
    noteRenewal()
    openings = OpeningCounts()
    takenCounts = alignment.counts
    deliveries.discard()
    planned.forgetRows()
  }

  /// Takes over when the detector's pool is renewed next.
  mutating func noteRenewal() { nextRenewal = anomalies.pool.nextRenewal }

  /// Replaces the planned windows: those of the settings, and others that were planned meanwhile.
  ///
  /// - Precondition: no row has been saved since the last commit, because an abort does not undo it.
  mutating func plan(_ windows: PlannedWindows) {
    precondition(touched.rows.isEmpty, "windows are planned right after a commit")
    planned = PlannedSteps(windows, interval: settings.alignment.interval)
    alignment.plan(planned.suppressing)
  }

  /// Replaces the model. Prepared hidden states are put in at once; the others are re-warmed before
  /// their next step.
  ///
  /// - Precondition: no row has been saved since the last commit, because an abort does not undo an
  ///   adoption.
  mutating func adopt(_ model: ForecastModel) {
    precondition(touched.rows.isEmpty, "models are adopted right after a commit")
    self.model = model
    drift.restart()
    committedDrift = drift
    if model.settings != states.settings {
      var series = takeRebuilt(for: model)
      series.complete(of: states, calibration)
      states = series.states.states
      calibration = series.calibration
    } else if let prepared, prepared.model === model {
      states.adopt(prepared)
    } else {
      states.markStale()
    }
    prepared = nil
    rebuilt = nil
  }

  /// Prepares the states of some more series under a model that is to be adopted.
  ///
  /// - Returns: the number of series that are not prepared yet.
  /// - Precondition: nothing is uncommitted.
  mutating func prepare(_ model: ForecastModel, workspace: StreamWorkspace) -> Int {
    if model.settings != states.settings { return rebuild(for: model, workspace: workspace) }
    var preparation = prepared.take() ?? ReplayedHiddenStates(model)
    if preparation.model !== model { preparation = ReplayedHiddenStates(model) }
    preparation.prepare(
      atMost: model.rewarmingRows, of: states, workspace: &workspace.forecasting)
    let missing = preparation.missingCount(of: states)
    prepared = preparation
    return missing
  }

  private mutating func rebuild(for model: ForecastModel, workspace: StreamWorkspace) -> Int {
    var series = takeRebuilt(for: model)
    series.prepare(
      atMost: model.rewarmingRows, of: states, calibration, workspace: &workspace.forecasting)
    let missing = series.missingCount(of: states)
    rebuilt = series
    return missing
  }

  private mutating func takeRebuilt(for model: ForecastModel) -> RebuiltStream {
    guard let series = rebuilt.take(), series.model === model else {
      return RebuiltStream(model, calibration: calibration)
    }
    return series
  }

  /// Re-warms some of the states that are stale since an adoption.
  mutating func rewarm(workspace: StreamWorkspace) {
    states.rewarmStale(
      atMost: model.rewarmingRows, model: model, workspace: &workspace.forecasting)
  }
}
