import Forecasting
import Metrics

/// A change of champions that is under way: when it began, and whether it still is.
struct ModelSwap {
  private(set) var isPending = false
  private var beganNanoseconds: Int64 = 0
  /// When the present turn's slice must end.
  var deadlineNanoseconds: Int64 = 0
  /// How long a turn may spend on replaying states: with messages, at most half of what it took
  /// without that, so that a swap does not double the time of any turn.
  static let sliceNanoseconds: Int64 = 15_000_000
  /// Series whose states may be missing at the swap, and are replayed with their next steps.
  static let missingMaximum = 64
  /// How long states are prepared at most: where series step faster than that, the others are left
  /// to the turns after the swap.
  private static let patienceNanoseconds: Int64 = 30_000_000_000

  mutating func begin(atNanoseconds now: Int64) {
    isPending = true
    beganNanoseconds = now
  }

  mutating func end() { isPending = false }

  func isOverdue(atNanoseconds now: Int64) -> Bool {
    now - beganNanoseconds > Self.patienceNanoseconds
  }
}

// A swap in slices. First the states under the new champion are prepared beside those in use, a
// slice a turn, while the old model goes on; a series that steps meanwhile is prepared again. When
// hardly any is missing the model is adopted at a definite offset, which costs a copy. What is
// still missing then is replayed in slices too, or before the series' next step, with the same
// bits.

extension Worker {
  /// Whether models are being swapped.
  package var isSwapping: Bool { hasStatesToReplay }

  /// Whether states are to be replayed, so that a poll need not wait for messages.
  var hasStatesToReplay: Bool {
    swap.isPending || partitions.contains { $0.streams.contains { $0.states.staleCount > 0 } }
  }

  /// Replays a slice of states, and adopts the champions that are prepared.
  mutating func swapModels() throws(TransportError) {
    guard hasStatesToReplay else { return }
    let start = clock.monotonicNanoseconds()
    let own = messages.isEmpty ? Int64.max : (start - turnBeganNanoseconds) / 2
    swap.deadlineNanoseconds = start + min(ModelSwap.sliceNanoseconds, own)
    rewarmStale()
    if swap.isPending { try prepareChampions(at: start) }
    metrics.replay(nanoseconds: clock.monotonicNanoseconds() - start)
  }

  private mutating func rewarmStale() {
    for slot in partitions.indices {
      for stream in partitions[slot].streams.indices {
        while partitions[slot].streams[stream].states.staleCount > 0 {
          partitions[slot].streams[stream].rewarm(workspace: segment.streams[stream])
          guard hasTime else { return }
        }
      }
    }
  }

  private var hasTime: Bool { clock.monotonicNanoseconds() < swap.deadlineNanoseconds }

  private mutating func prepareChampions(at now: Int64) throws(TransportError) {
    let isOverdue = swap.isOverdue(atNanoseconds: now)
    // What is prepared must be of committed histories, and adoptions follow a commit in any case.
    if isOverdue { try commitIfDue(isForced: true) }
    guard !commits.hasUncommitted else { return }
    if !isOverdue {
      for slot in partitions.indices where !partitions[slot].isReplaying {
        for stream in partitions[slot].streams.indices {
          guard let champion = newChampion(slot, stream) else { continue }
          // A slice at least, whatever else the turn has done.
          while partitions[slot].streams[stream].prepare(
            champion, workspace: segment.streams[stream]) > ModelSwap.missingMaximum
          {
            guard hasTime else { return }
          }
        }
      }
    }
    adoptChampions()
  }

  /// The champion where a partition still runs on another model.
  private func newChampion(_ slot: Int, _ stream: Int) -> ForecastModel? {
    guard let champion = models.champion(of: settings.streams[stream].name),
      champion.version != partitions[slot].streams[stream].model.version
    else { return nil }
    return champion
  }

  /// Puts the champions in where a partition still runs on another model, and records it.
  ///
  /// - Precondition: nothing is uncommitted, where a commit can be aborted.
  mutating func adoptChampions() {
    noteChampionsSeen()
    swap.end()
    for slot in partitions.indices where !partitions[slot].isReplaying {
      for stream in partitions[slot].streams.indices {
        guard let champion = newChampion(slot, stream) else { continue }
        partitions[slot].adopt(champion, stream: stream)
        commits.hasUncommitted = true
      }
    }
  }
}
