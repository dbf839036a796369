import Dispatch
import MetricFormats
import Synchronization
package import TimeSeries

/// The control topic as far as this process has read it, shared by its workers.
///
/// One thread reads the topic from its beginning on and appends what it reads. Workers read `generation`
/// once a turn, and take the lock only when it has changed. Offsets in the topic say what a partition has
/// taken up: `ControlSet.end`.
package final class ControlLog: Sendable {
  private struct State {
    /// Readable records, ascending by offset. Those that a later one has replaced are kept for the replay
    /// of what was before it, while there is room.
    var entries: [ControlEntry] = []
    var byteCount = 0
    /// The next offset to read.
    var position: Int64 = 0
    var isLoaded = false
    /// What there is to take up ends here; 0 until the topic was read once.
    var end: Int64 = 0
    /// The set that was asked for last, by one partition of several.
    var recent = ControlSet.nothing
    /// The offset for which a wait was in vain.
    var missed: Int64 = -1
  }

  private static let countMaximum = 32_768
  private static let bytesMaximum = 16 << 20

  private let state = Mutex(State())
  private let counter = Atomic<Int>(0)
  private let zone: @Sendable (String) throws(TimeSeriesError) -> TimeZoneRules

  /// - Parameter zone: finds the rules of a time zone by its name.
  package init(
    zone: @escaping @Sendable (String) throws(TimeSeriesError) -> TimeZoneRules
  ) {
    self.zone = zone
  }

  /// Grows when there is something to take up.
  package var generation: Int { counter.load(ordering: .acquiring) }

  /// Whether the topic was read to the end that it had at the start.
  package var isLoaded: Bool { state.withLock { $0.isLoaded } }

  /// Records that are held.
  package var heldCount: Int { state.withLock { $0.entries.count } }

  /// The next offset to read.
  package var position: Int64 { state.withLock { $0.position } }

  package enum Outcome: String, Sendable, CaseIterable {
    case feedback, maintenance, removal, unreadable
  }

  // MARK: - Reading

  /// Takes the next record of the topic.
  ///
  /// - Returns: what it is; and what is wrong with it, if it is unreadable. It then changes nothing.
  package func append(_ source: ControlSource) -> (outcome: Outcome, problem: String?) {
    let entry: ControlEntry
    do throws(ControlRecordError) {
      entry = try ControlEntry(source, zone: zone)
    } catch {
      state.withLock { Self.advance(&$0, to: source.offset) }
      return (.unreadable, "\(error)")
    }
    state.withLock { state in
      Self.advance(&state, to: source.offset)
      state.entries.append(entry)
      if source.offset < state.recent.end { state.recent = .nothing }
      state.byteCount += source.byteCount
      if state.entries.count > Self.countMaximum || state.byteCount > Self.bytesMaximum {
        Self.bound(&state)
      }
      if state.isLoaded {
        state.end = source.offset + 1
        counter.add(1, ordering: .releasing)
      }
    }
    switch entry.content {
    case .feedback: return (.feedback, nil)
    case .maintenance: return (.maintenance, nil)
    case .removal: return (.removal, nil)
    }
  }

  /// Reading begins, or goes on with another client.
  ///
  /// - Parameter end: of the topic now. If less was there before, the topic was made anew.
  /// - Returns: the offset to read from.
  package func begin(end: Int64) -> Int64 {
    state.withLock { state in
      if end < state.position { Self.restart(&state) }
      return state.position
    }
  }

  /// The topic has been read to its end.
  ///
  /// What was there at the start counts as a whole: compaction may have removed its last records.
  package func reachEnd(at end: Int64) {
    state.withLock { state in
      state.position = max(state.position, end)
      guard !state.isLoaded else { return }
      state.isLoaded = true
      state.end = state.position
      counter.add(1, ordering: .releasing)
    }
  }

  private static func advance(_ state: inout State, to offset: Int64) {
    if offset < state.position { restart(&state) }
    state.position = offset + 1
  }

  /// The topic was made anew.
  private static func restart(_ state: inout State) { state = State() }

  /// Leaves out what later records have replaced, then the oldest.
  private static func bound(_ state: inout State) {
    var seen: Set<[UInt8]> = []
    var kept: [ControlEntry] = []
    var bytes = 0
    for entry in state.entries.reversed() where seen.insert(entry.source.key).inserted {
      guard kept.count < countMaximum / 2, bytes < bytesMaximum / 2 else { break }
      kept.append(entry)
      bytes += entry.source.byteCount
    }
    state.entries = kept.reversed()
    state.byteCount = bytes
  }

  // MARK: - Taking up

  /// Everything that was read; nothing until the topic was read once.
  var newest: ControlSet { contents(through: nil) }

  /// What the topic said up to an offset. Where compaction has removed a record that a later one has
  /// replaced, the later one counts from its own offset on.
  ///
  /// - Parameter end: nil for everything that is to be taken up.
  /// - Complexity: O(n) with the records; once for an offset that several ask for.
  func contents(through end: Int64?) -> ControlSet {
    state.withLock { state in
      let end = end ?? state.end
      if state.recent.end != end { state.recent = ControlSet(end: end, of: state.entries) }
      return state.recent
    }
  }

  /// Waits until the records before an offset were read.
  ///
  /// - Returns: whether they were. If not, the next wait for the same offset does not take long.
  func wait(for end: Int64, milliseconds: Int) -> Bool {
    let patience = state.withLock { $0.missed == end ? 0 : milliseconds }
    let deadline = DispatchTime.now() + .milliseconds(patience)
    while true {
      if state.withLock({ $0.position >= end }) { return true }
      guard DispatchTime.now() < deadline else { break }
      _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(5))
    }
    state.withLock { $0.missed = end }
    return false
  }

  /// The set that a snapshot has kept.
  func set(of records: ControlRecords) -> ControlSet {
    var entries: [ControlEntry] = []
    for source in records.sources {
      do throws(ControlRecordError) {
        entries.append(try ControlEntry(source, zone: zone))
      } catch {
        // An earlier version could read it; this one goes on without.
        continue
      }
    }
    return ControlSet(end: records.end, of: entries)
  }
}
