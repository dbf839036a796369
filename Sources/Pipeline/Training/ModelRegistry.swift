package import Forecasting
import Synchronization

/// The champions of all streams, shared by the workers and the trainer of a process.
///
/// Workers read `generation` once a turn, and take the lock only when it has changed.
package final class ModelRegistry: Sendable {
  private struct State {
    var champions: [String: ForecastModel] = [:]
    var newestVersion: [String: Int] = [:]
    var reports: [TrainingReport] = []
    var progress: RetrainingProgress?
    /// Recorded histories by stream, once they were looked for on disk; `nil` if there is none.
    var histories: [String: RecordedHistory?] = [:]
  }

  private let state = Mutex(State())
  private let counter = Atomic<Int>(0)
  private let store: ModelStore?

  /// - Parameter store: the store that keeps champions for the next start; with `nil` none are
  ///   kept.
  package init(store: ModelStore?) { self.store = store }

  /// Grows with every change.
  package var generation: Int { counter.load(ordering: .acquiring) }

  package func champion(of stream: String) -> ForecastModel? {
    state.withLock { $0.champions[stream] }
  }

  /// The champion of a configured stream. If there is none, an untrained model becomes the
  /// champion.
  package func championOrUntrained(of stream: StreamSettings, seed: UInt64) -> ForecastModel {
    if let champion = champion(of: stream.name) { return champion }
    let untrained = ForecastModel.untrained(
      stream: stream.name, settings: stream.model, seed: seed)
    return state.withLock { state in
      // Another worker may have been quicker; an untrained model is the same for all.
      let champion = state.champions[stream.name] ?? untrained
      state.champions[stream.name] = champion
      return champion
    }
  }

  /// A version that no model of the stream has had before.
  package func nextVersion(of stream: String) -> Int {
    state.withLock { state in
      let version = (state.newestVersion[stream] ?? 0) + 1
      state.newestVersion[stream] = version
      return version
    }
  }

  /// Takes back a version that no model has used.
  func giveBack(_ version: Int, of stream: String) {
    state.withLock { state in
      if state.newestVersion[stream] == version { state.newestVersion[stream] = version - 1 }
    }
  }

  /// Progress of the running training, if there is one.
  package var progress: RetrainingProgress? { state.withLock { $0.progress } }

  func note(_ progress: RetrainingProgress?) { state.withLock { $0.progress = progress } }

  /// Installs the newest readable model of a stream from the store, if it has the configured form.
  package func installNewest(
    of stream: StreamSettings, from store: ModelStore, log: PipelineLog
  ) {
    let versions = store.versions(of: stream.name)
    for version in versions.reversed() {
      do throws(ModelStoreError) {
        guard
          let model = try store.load(
            stream: stream.name, version: version, timeZone: stream.model.timeZone)
        else { continue }
        if stream.accepts(model.settings) {
          install(model)
          return
        }
        log.warning(
          "the newest model was made with other settings: the stream starts untrained",
          ["stream": stream.name, "version": "\(version)"])
        noteVersion(version, of: stream.name)
        return
      } catch {
        log.warning("model not usable, trying an older one", ["error": "\(error)"])
      }
    }
    // No model is usable. A new model still gets a higher version than these.
    if let newest = versions.last { noteVersion(newest, of: stream.name) }
  }

  /// Notes a version, so that later models get higher ones.
  private func noteVersion(_ version: Int, of stream: String) {
    state.withLock { state in
      state.newestVersion[stream] = max(state.newestVersion[stream] ?? 0, version)
    }
  }

  /// Loads the reports that the last process did not publish.
  package func takeUpReports(of stream: String, from store: ModelStore, log: PipelineLog) {
    for version in store.unpublishedReports(of: stream) {
      noteVersion(version, of: stream)
      do throws(ModelStoreError) {
        guard let report = try store.report(of: stream, version: version) else { continue }
        state.withLock { $0.reports.append(report) }
        counter.add(1, ordering: .releasing)
      } catch {
        log.warning(
          "a training's report is not readable, so it is not published",
          ["stream": stream, "error": "\(error)"])
      }
    }
  }

  /// Makes a model the champion of its stream, for example one that a start found on disk.
  package func install(_ model: ForecastModel) {
    state.withLock { $0.champions[model.stream] = model }
    noteVersion(model.version, of: model.stream)
    counter.add(1, ordering: .releasing)
  }

  /// Records a training, and makes its model the champion if the gate accepted it.
  ///
  /// The model is written before any worker can adopt it, because a commit may name it at once. The
  /// report is written before the model, so that a start that finds the model also finds its
  /// report.
  ///
  /// - Parameter trainerState: the state from which the stream's trainer continues after a restart.
  package func conclude(
    _ report: TrainingReport, challenger: ForecastModel, trainerState: [UInt8]? = nil
  ) throws(ModelStoreError) {
    try store?.saveReport(report)
    if report.adopted { try store?.save(challenger) }
    if let trainerState { try store?.saveTrainerState(trainerState, stream: challenger.stream) }
    state.withLock { state in
      if report.adopted { state.champions[challenger.stream] = challenger }
      state.reports.append(report)
    }
    counter.add(1, ordering: .releasing)
  }

  /// The saved state of the stream's trainer, if there is one.
  func trainerState(of stream: String) throws(ModelStoreError) -> [UInt8]? {
    try store?.trainerState(of: stream)
  }

  /// The histories that `train --history` has recorded for the stream. They are read at the first
  /// call.
  func recordedHistory(of stream: StreamSettings, log: PipelineLog) -> RecordedHistory? {
    state.withLock { state in
      if let known = state.histories[stream.name] { return known }
      var history: RecordedHistory?
      do throws(ModelStoreError) {
        history = try store?.history(of: stream).map { RecordedHistory($0.dataset()) }
      } catch {
        log.warning(
          "the recorded history is not usable, so training waits for the stream's own",
          ["stream": stream.name, "error": "\(error)"])
      }
      state.histories[stream.name] = .some(history)
      return history
    }
  }

  /// The reports that no worker has published yet. Each is handed out once.
  package func takeReports() -> [TrainingReport] {
    state.withLock { state in
      defer { state.reports.removeAll() }
      return state.reports
    }
  }

  /// Removes the files of reports that a commit has published.
  ///
  /// - Throws: if a file stays on disk; the next start then publishes its report again.
  func notePublished(_ reports: [TrainingReport]) throws(ModelStoreError) {
    guard let store else { return }
    for report in reports { try store.removeReport(report) }
  }

  /// Takes back reports that could not be published.
  func returnReports(_ reports: [TrainingReport]) {
    if !reports.isEmpty { state.withLock { $0.reports = reports + $0.reports } }
  }

  /// The model with this version, for a replay: the champion, the untrained model, or one from the
  /// store.
  ///
  /// - Returns: `nil` if the model is gone or has other settings.
  package func model(
    of stream: StreamSettings, version: Int, seed: UInt64
  ) throws(ModelStoreError) -> ForecastModel? {
    if let champion = champion(of: stream.name), champion.version == version { return champion }
    if version == 0 {
      return ForecastModel.untrained(stream: stream.name, settings: stream.model, seed: seed)
    }
    let found = try store?.load(
      stream: stream.name, version: version, timeZone: stream.model.timeZone)
    guard let model = found, stream.accepts(model.settings) else { return nil }
    return model
  }
}
