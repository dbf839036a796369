import Forecasting
import Metrics

/// The progress of a swap: whether one is pending, when it began, and when the present slice ends.
struct ModelSwap {
  private(set) var isPending = false
  private var beganNanoseconds: Int64 = 0
  /// When the slice of the present turn must end.
  var deadlineNanoseconds: Int64 = 0
  /// The longest slice of a turn. In a turn with messages the slice is also at most half of the
  /// time that the turn has taken before it, so that a swap never doubles the time of a turn.
  static let sliceNanoseconds: Int64 = 15_000_000
  /// The largest number of series whose states may be missing at the adoption. They are re-warmed
  /// after it.
  static let missingMaximum = 64
  /// The longest time of preparation. If series step faster than their states are prepared, the
  /// champion is adopted at this time, and the missing states are re-warmed after it.
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

// A swap is done in slices, one slice a turn. First, the states under the new champion are prepared
// beside the states in use, while the old model goes on forecasting. A series that steps in the
// meantime is prepared again. When at most `missingMaximum` states are missing, the champion is
// adopted at a definite offset, which costs one copy of the states. The missing states are then
// re-warmed in slices, or before the next step of their series. Either way gives the same bits.

extension Worker {
  /// Whether a swap is under way, including the re-warming after the adoption.
  package var isSwapping: Bool { hasStatesToReplay }

  /// Whether states are to be prepared or re-warmed. If so, a poll does not wait for messages.
  var hasStatesToReplay: Bool {
    swap.isPending || partitions.contains { $0.streams.contains { $0.states.staleCount > 0 } }
  }

  /// Re-warms and prepares one slice of states, and adopts the champions whose states are prepared.
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
    // States are prepared from committed histories only, and an adoption must follow a commit.
    if isOverdue { try commitIfDue(isForced: true) }
    guard !commits.hasUncommitted else { return }
    if !isOverdue {
      for slot in partitions.indices where !partitions[slot].isReplaying {
        for stream in partitions[slot].streams.indices {
          guard let champion = newChampion(slot, stream) else { continue }
          // Each turn prepares at least one block of series, even if no time is left.
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

  /// The champion of a stream, if the partition still runs on another model.
  private func newChampion(_ slot: Int, _ stream: Int) -> ForecastModel? {
    guard let champion = models.champion(of: settings.streams[stream].name),
      champion.version != partitions[slot].streams[stream].model.version
    else { return nil }
    return champion
  }

  /// Adopts the champions in each partition that still runs on other models, and records each
  /// adoption as an event.
  ///
  /// - Precondition: nothing is uncommitted, if the sink is transactional.
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
