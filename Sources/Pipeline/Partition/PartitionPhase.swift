/// The phase of a partition's state. It follows from offsets and events alone
/// (`PartitionState.phase`).
///
/// ```
///              the committed offset is reached,
///              recorded events are applied          a record or an event
///  assigned ──→ replaying ───────────────→ committed ────────────────→ uncommitted
///                                              ↑                            │
///                                              └── commit, or an abort ─────┘
/// ```
///
/// A partition starts as `committed` if it has no committed offset, or if its state is that of the
/// committed offset. A revocation commits first; the state is then parked as it is.
enum PartitionPhase: Equatable {
  /// Records below the committed offset, and the events recorded with it, rebuild the state.
  /// Nothing is published or committed.
  case replaying
  /// The state is that of the last commit. Models may be adopted, snapshots taken and ticks
  /// applied.
  case committed
  /// Records or events were processed since the last commit. The next commit publishes their
  /// outputs; an abort undoes them.
  case uncommitted
}
