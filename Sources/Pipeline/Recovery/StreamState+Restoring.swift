import Calibration
import Detection
import Forecasting
import TimeSeries

extension StreamState {
  /// Restores the tables of a saved stream. What no longer fits begins anew.
  ///
  /// - Returns: what begins anew.
  /// - Throws: if the saved tables contradict each other.
  /// - Precondition: the stream has no series.
  mutating func restore(
    _ saved: PartitionSnapshot.Stream, models: ModelRegistry, seed: UInt64
  ) throws(SnapshotError) -> [SnapshotLoss] {
    precondition(series.count == 0, "only a new stream is restored")
    var losses: [SnapshotLoss] = []
    func lose(_ part: String, _ reason: String) {
      losses.append(SnapshotLoss(stream: settings.name, part: part, reason: reason))
    }
    guard saved.interval == settings.alignment.interval else {
      lose("all series", "the interval was \(saved.interval) ms")
      return losses
    }
    let tensors = Dictionary(
      saved.tensors.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    do throws(ColumnTensorError) {
      if try !alignment.keepsOpenBuckets(of: tensors) {
        lose("open buckets", "the aggregation was another, or the lateness longer")
      }
      try alignment.restore(tensors)
      try waiting.restore(tensors, rowCount: saved.keys.count)
    } catch {
      throw .incompatible("stream '\(settings.name)': \(error)")
    }
    for key in saved.keys { describeSeries(key: key) }
    var isStale = false
    if saved.modelVersion != model.version {
      if let reason = useModel(saved.modelVersion, of: models, seed: seed) {
        lose("the model", reason)
        isStale = true
      }
    }
    let count = saved.keys.count
    do throws(ColumnTensorError) {
      try training.restore(tensors)
    } catch {
      lose("the histories to train on", "\(error)")
    }
    // Hidden states and seasonal profiles depend on the calendar.
    let hasCalendar = saved.calendar == settings.model.calendarName
    let usable = hasCalendar ? tensors : [:]
    if let error = restored(&states, from: usable, count: count) {
      lose(
        "the states, which are rebuilt from the histories",
        hasCalendar ? error : "the calendar was '\(saved.calendar)'")
      replayHistories()
    } else if isStale {
      states.markStale()
    }
    if let error = restored(&calibration, from: usable, count: count) {
      lose("the calibration", hasCalendar ? error : "the calendar was '\(saved.calendar)'")
    }
    if let error = restored(&doubts, from: tensors, count: count) {
      lose("what the series have been near", error)
    }
    if let error = restored(&anomalies, from: tensors, count: count) {
      lose("the detector", error)
    }
    do throws(ColumnTensorError) {
      try groups.restore(tensors)
    } catch {
      lose("the incidents of groups", "\(error)")
    }
    guard alignment.count == count else {
      throw .incompatible(
        "stream '\(settings.name)': \(alignment.count) rows of \(count) series")
    }
    drift = saved.drift
    if let text = saved.ledger { ledger.restore(text) }
    if let pool = saved.pool.flatMap(TailPool.init(text:)) { anomalies.restorePool(pool) }
    noteRenewal()
    silence.restart(nextCheck: saved.silenceCheck ?? .min)
    newestValue = training.newestTime ?? .min
    return losses
  }

  /// Puts in the model that the saved states were made with, or keeps the present one.
  ///
  /// - Returns: why the saved model cannot be used, if so.
  private mutating func useModel(
    _ version: Int, of models: ModelRegistry, seed: UInt64
  ) -> String? {
    do throws(ModelStoreError) {
      guard let saved = try models.model(of: settings, version: version, seed: seed) else {
        return "model \(version) is gone: states are replayed under model \(model.version)"
      }
      model = saved
    } catch {
      return "\(error)"
    }
    if states.settings != model.settings {
      states = SeriesStates(settings: model.settings)
      calibration = calibration.emptied(seasons: model.settings.seasons)
    }
    return nil
  }

  /// Restores a table, or gives it new rows where the saved ones do not fit.
  private func restored<Table: SeriesTable>(
    _ table: inout Table, from tensors: [String: ColumnTensor], count: Int
  ) -> String? {
    var saved = table
    var reason: String?
    do throws(ColumnTensorError) {
      try saved.restore(tensors)
      if saved.count != count { reason = "\(saved.count) rows of \(count) series" }
    } catch {
      reason = "\(error)"
    }
    if reason == nil {
      table = saved
    } else {
      while table.count < count { table.appendRow() }
    }
    return reason
  }

  /// Moves new states through the newest steps of the histories to train on, one window of them.
  ///
  /// - Complexity: an LSTM step for each series and step of the window, in batches.
  private mutating func replayHistories() {
    var rows: [[UInt8]: Int] = [:]
    for row in 0..<series.count where !series[row].isFree { rows[series[row].key] = row }
    let histories = training.dataset().series.compactMap { history in
      rows[history.key].map { row in
        let newest = history.values.suffix(model.settings.window)
        return (row: row, lastTime: history.lastTime, values: newest.drop { !$0.isFinite })
      }
    }
    var workspace = ForecastingWorkspace(settings: model.settings)
    for age in (0..<model.settings.window).reversed() {
      let stepped = histories.filter { $0.values.count > age }
      guard !stepped.isEmpty else { continue }
      states.advance(
        rows: stepped.map(\.row),
        times: stepped.map { $0.lastTime - Int64(age) * settings.alignment.interval },
        values: stepped.map { $0.values[$0.values.endIndex - 1 - age] }, model: model,
        workspace: &workspace)
    }
    states.commit()
  }
}
