import Dispatch
import Forecasting
import Synchronization
package import Threads
import TimeSeries

/// Trains models beside the workers, and hands the results to the registry.
///
/// One training computes at a time. A full training of a large stream takes minutes, so it yields at
/// every step: another stream's training that is due is done first, and nobody's schedule waits for
/// it.
///
/// Workers deposit copies of their series' histories. The first deposit for a stream opens a round.
/// The other workers may join the round for a short time, so that the model is trained on the
/// series of all partitions.
package final class TrainerThread: Sendable {
  private struct State {
    /// The deposited histories, by stream and worker.
    var deposits: [String: [Int: TrainingDataset]] = [:]
    /// The due training that opened each stream's newest round. Trainings of other workers with the
    /// same due time belong to this round.
    var newestDue: [String: RetrainingPlan.Due] = [:]
    /// Streams that wait for their training, oldest first, and when their rounds were opened.
    var queue: [(stream: String, openedNanoseconds: Int64)] = []
    /// Streams whose training has begun. The newest of them computes, the others have yielded to it.
    var running: [String] = []
    var isStopping = false
  }

  private let streams: [String: StreamSettings]
  private let models: ModelRegistry
  private let clock: any PipelineClock
  private let log: PipelineLog
  private let seed: UInt64
  private let state = Mutex(State())
  private let rounds = Atomic<Int>(0)
  private let work = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)
  /// How long a round stays open for the other workers.
  private static let roundNanoseconds: Int64 = 500_000_000
  /// The most trainings that have begun at a time.
  private static let yieldingMaximum = 16

  package init(
    settings: PipelineSettings, models: ModelRegistry, clock: any PipelineClock, log: PipelineLog
  ) {
    streams = Dictionary(uniqueKeysWithValues: settings.streams.map { ($0.name, $0) })
    self.models = models
    self.clock = clock
    self.log = log
    seed = settings.seed
  }

  package func start() throws(ThreadStartError) {
    // The thread is not joined. It ends after `stop`, which waits for it.
    _ = try JoinableThread(name: "trainer", priority: .background) { self.run() }
  }

  /// Ends the thread. A running training ends at its next step.
  ///
  /// - Returns: whether the thread ended in time.
  @discardableResult
  package func stop(timeoutMilliseconds: Int) -> Bool {
    state.withLock { $0.isStopping = true }
    work.signal()
    return finished.wait(timeout: .now() + .milliseconds(timeoutMilliseconds)) == .success
  }

  /// Whether a training is running or waiting.
  package var isBusy: Bool { state.withLock { !$0.running.isEmpty || !$0.queue.isEmpty } }

  /// The number of rounds opened so far. Workers read it once a turn.
  var roundCount: Int { rounds.load(ordering: .acquiring) }

  /// Deposits a worker's histories of a stream. The deposit is ignored while the stream is being
  /// trained.
  ///
  /// - Parameter due: the due training that opens a round; `nil` to join an open one.
  func deposit(
    _ dataset: TrainingDataset, stream: String, worker: Int, due: RetrainingPlan.Due? = nil
  ) {
    let now = clock.monotonicNanoseconds()
    let opensRound = state.withLock { state in
      guard !state.running.contains(stream) else { return false }
      let isOpen = state.queue.contains { $0.stream == stream }
      // A worker that lags behind reaches the same due time later. That training has been done
      // already.
      if !isOpen, let due, due.time <= state.newestDue[stream]?.time ?? .min { return false }
      state.deposits[stream, default: [:]][worker] = dataset
      if isOpen { return false }
      state.newestDue[stream] = due
      state.queue.append((stream, now))
      return true
    }
    if opensRound {
      rounds.add(1, ordering: .releasing)
      work.signal()
    }
  }

  /// Whether a round is open that this worker has not joined.
  func wantsDeposit(stream: String, worker: Int) -> Bool {
    state.withLock { state in
      !state.running.contains(stream) && state.queue.contains { $0.stream == stream }
        && state.deposits[stream]?[worker] == nil
    }
  }

  /// The trainers of the streams; the thread's own.
  private final class Trainers {
    var byStream: [String: StreamTrainer] = [:]
  }

  private func run() {
    let trainers = Trainers()
    while true {
      work.wait()
      if isStopping { break }
      // None if it was trained while another one made way.
      guard let opened = state.withLock({ $0.queue.first?.openedNanoseconds }) else { continue }
      let complete = opened + Self.roundNanoseconds
      pause(nanoseconds: complete - clock.monotonicNanoseconds())
      if isStopping { break }
      trainNext(trainers, openedBefore: .max)
    }
    finished.signal()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func pause(nanoseconds: Int64) {
    guard nanoseconds > 0 else { return }
    // A separate semaphore, so that the pause does not consume a signal of `work`.
    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
  }

  /// Trains the stream whose round was opened first, if any was opened before that time.
  private func trainNext(_ trainers: Trainers, openedBefore time: Int64) {
    let job = state.withLock {
      state -> (stream: String, parts: [TrainingDataset], reason: TrainingReason)? in
      guard let first = state.queue.first, first.openedNanoseconds < time else { return nil }
      state.queue.removeFirst()
      state.running.append(first.stream)
      let deposits = state.deposits.removeValue(forKey: first.stream) ?? [:]
      return (
        first.stream, deposits.sorted { $0.key < $1.key }.map(\.value),
        state.newestDue[first.stream]?.reason ?? .schedule
      )
    }
    guard let job, let settings = streams[job.stream] else { return }
    let trainer = trainers.byStream[job.stream] ?? StreamTrainer(settings: settings)
    trainers.byStream[job.stream] = trainer
    trainer.train(
      on: TrainingDataset(interval: settings.alignment.interval, merging: job.parts),
      because: job.reason, models: models, seed: seed, clock: clock, log: log,
      shouldContinue: {
        makeWay(trainers)
        return !isStopping
      })
    state.withLock { $0.running.removeAll { $0 == job.stream } }
  }

  /// Does the trainings of other streams whose rounds are complete.
  private func makeWay(_ trainers: Trainers) {
    let (isWaiting, depth) = state.withLock { (!$0.queue.isEmpty, $0.running.count) }
    guard isWaiting, depth < Self.yieldingMaximum else { return }
    trainNext(
      trainers, openedBefore: clock.monotonicNanoseconds() - Self.roundNanoseconds)
  }
}
