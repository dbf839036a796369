/// Where a partition's state stands. It follows from offsets and events alone
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
/// A partition without committed offset, or whose state is that of the committed one, begins as
/// `committed`. A revocation commits first; the state is then parked as it is.
enum PartitionPhase: Equatable {
  /// Records below the committed offset, and the events recorded with it, rebuild the state:
  /// nothing is published, and the group's offset is left alone.
  case replaying
  /// The state is the one of the last commit: models may be adopted, snapshots taken, ticks
  /// applied.
  case committed
  /// Records were processed since: the next commit publishes what they led to, an abort takes it
  /// back.
  case uncommitted
}
