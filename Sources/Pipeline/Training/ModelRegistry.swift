package import Forecasting
import Synchronization

/// The model in use of every stream, shared by the workers and the trainer of a process.
///
/// Workers look at `generation` once a turn and take the lock only when it moved.
package final class ModelRegistry: Sendable {
  private struct State {
    var champions: [String: ForecastModel] = [:]
    var newestVersion: [String: Int] = [:]
    var reports: [TrainingReport] = []
    var progress: RetrainingProgress?
    /// By stream, what has been looked for on disk.
    var histories: [String: RecordedHistory?] = [:]
  }

  private let state = Mutex(State())
  private let counter = Atomic<Int>(0)
  private let store: ModelStore?

  /// - Parameter store: where champions are kept for the next start; `nil` keeps none.
  package init(store: ModelStore?) { self.store = store }

  /// Grows with every change.
  package var generation: Int { counter.load(ordering: .acquiring) }

  package func champion(of stream: String) -> ForecastModel? {
    state.withLock { $0.champions[stream] }
  }

  /// The champion of a configured stream; an untrained one is installed where there is none.
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

  /// A number that no model of the stream had before.
  package func nextVersion(of stream: String) -> Int {
    state.withLock { state in
      let version = (state.newestVersion[stream] ?? 0) + 1
      state.newestVersion[stream] = version
      return version
    }
  }

  /// Takes a number back that no model got.
  func giveBack(_ version: Int, of stream: String) {
    state.withLock { state in
      if state.newestVersion[stream] == version { state.newestVersion[stream] = version - 1 }
    }
  }

  /// How far the training that is under way has come, if there is one.
  package var progress: RetrainingProgress? { state.withLock { $0.progress } }

  func note(_ progress: RetrainingProgress?) { state.withLock { $0.progress = progress } }

  /// Puts in the newest model that the disk has for a stream, if it has the configured form.
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
    // None is of use, and no new one is called like one of them.
    if let newest = versions.last { noteVersion(newest, of: stream.name) }
  }

  /// No later model gets this number, or one below it.
  private func noteVersion(_ version: Int, of stream: String) {
    state.withLock { state in
      state.newestVersion[stream] = max(state.newestVersion[stream] ?? 0, version)
    }
  }

  /// Takes up the reports that the last process did not come to publish.
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

  /// Puts in the model that a start found on disk, or an untrained one.
  package func install(_ model: ForecastModel) {
    state.withLock { $0.champions[model.stream] = model }
    noteVersion(model.version, of: model.stream)
    counter.add(1, ordering: .releasing)
  }

  /// Records a retraining, and makes its model the champion if the gate let it.
  ///
  /// The model is on disk before any worker can adopt it, since a commit may name it at once, and
  /// the report before the model, so that a start that finds the one finds the other.
  ///
  /// - Parameter trainerState: what the stream's trainer goes on with after a restart.
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

  /// What the stream's trainer left before the last end of the process, if anything.
  func trainerState(of stream: String) throws(ModelStoreError) -> [UInt8]? {
    try store?.trainerState(of: stream)
  }

  /// What `train --history` has left of the stream's past, read when it is first asked for.
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

  /// The reports nobody has published yet; each is handed out once.
  package func takeReports() -> [TrainingReport] {
    state.withLock { state in
      defer { state.reports.removeAll() }
      return state.reports
    }
  }

  /// Forgets reports that a commit has published.
  ///
  /// - Throws: where one stays on disk, so that the next start publishes it again.
  func notePublished(_ reports: [TrainingReport]) throws(ModelStoreError) {
    guard let store else { return }
    for report in reports { try store.removeReport(report) }
  }

  /// Takes back reports that could not be published.
  func returnReports(_ reports: [TrainingReport]) {
    if !reports.isEmpty { state.withLock { $0.reports = reports + $0.reports } }
  }

  /// The model of that version, for a replay: the champion, the untrained one, or what the disk
  /// has.
  ///
  /// - Returns: `nil` where it is gone, or was made with other settings.
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
