import Forecasting
import Metrics

// Feedback and maintenance windows come from a topic of their own. A partition takes them up between two
// of its records, right after a commit, and its next commit says so; a replay does the same there.

extension Worker {
  /// How often new records are taken up. Each time is a commit and an event.
  private static var intervalNanoseconds: Int64 { 1_000_000_000 }
  /// How long records are waited for that another process has read already.
  private static var patienceMilliseconds: Int { 10_000 }

  /// Takes up what is new in the control topic, in each partition that is live.
  mutating func takeUpControlRecords() throws(TransportError) {
    guard let control, control.generation != controlGeneration,
      turnBeganNanoseconds - lastControlNanoseconds >= Self.intervalNanoseconds
    else { return }
    try commitIfDue(isForced: true)
    controlGeneration = control.generation
    lastControlNanoseconds = turnBeganNanoseconds
    let newest = control.newest
    for slot in partitions.indices where !partitions[slot].isReplaying {
      takeUp(newest, from: control, slot: slot)
    }
  }

  private mutating func takeUp(_ newest: ControlSet, from control: ControlLog, slot: Int) {
    let former = partitions[slot].control.end
    var newest = newest
    if newest.end < former {
      if control.wait(for: former, milliseconds: Self.patienceMilliseconds) {
        // Another process had read on before this one.
        newest = control.newest
        guard newest.end > former else { return }
      } else {
        log.warning(
          "the control topic ends before what the partition has taken up of it, so it was made anew",
          ["partition": "\(partitions[slot].id)", "end": "\(newest.end)", "former": "\(former)"])
      }
    }
    guard newest.end != former else { return }
    partitions[slot].takeUp(newest)
    commits.hasUncommitted = true
    log.info(
      "control records taken up",
      [
        "partition": "\(partitions[slot].id)", "before": "\(newest.end)",
        "feedback": "\(newest.feedback.values.reduce(0) { $0 + $1.count })",
        "maintenance": "\(newest.windows.count)",
        "series_with_feedback": "\(partitions[slot].seriesWithFeedbackCount)",
      ])
  }

  /// Makes the next turn compare what the partitions have taken up with what there is.
  mutating func lookForControlRecords() {
    controlGeneration = nil
    lastControlNanoseconds = .min / 2
  }

  /// A partition that nobody has read yet begins with all that the control topic says.
  func beginControl(of state: inout PartitionState) {
    guard let newest = control?.newest, newest.end > 0 else { return }
    state.takeUp(newest)
  }

  /// Restores what a snapshot has taken up of the control topic. Without the topic nothing of it holds any
  /// more.
  func restoreControl(_ records: ControlRecords, of state: inout PartitionState) {
    guard let control else { return }
    state.use(control.set(of: records))
  }

  /// What a recorded event has taken up; `nil` where there is no control topic any more.
  func controlSet(of event: PartitionEvent) -> ControlSet? {
    guard case .control(let end) = event.kind, let control else { return nil }
    if !control.wait(for: end, milliseconds: Self.patienceMilliseconds) {
      log.warning(
        "control records that the committed offsets name are gone or cannot be read; the replay goes on "
          + "with those before them", ["before": "\(end)", "read": "\(control.position)"])
    }
    return control.contents(through: end)
  }
}
