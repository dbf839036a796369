import TimeSeries

// What planned windows do to the incidents of a series.
//
// Within a window that suppresses, the incident goes on as always, but hidden: it has no records, and
// the budget does not count it. The window's end drops it, so that what is still anomalous opens an
// incident then.

/// What planned windows have kept back of a series.
struct PlannedState: Equatable {
  /// Whether the incident in progress is hidden.
  var isHidden = false
  /// Steps since the last value that was learned, without the newest missing ones.
  var unlearned: Int32 = 0

  /// Values in a row that teach nothing after which the series counts as after a long gap: its past
  /// values are out of the forecaster's sight.
  private static let longWindow = 32

  /// Whether a value of this age is the first that is learned after a long window without learning.
  func endsLongWindow(age: Int, missing: Int) -> Bool {
    unlearned == 0 && age - missing > Self.longWindow
  }

  /// The steps from the last value that was learned to the present one.
  mutating func age(ofValueAfter missing: Int, isLearned: Bool) -> Int {
    let age = Int(unlearned) + missing + 1
    unlearned = isLearned ? 0 : Int32(min(age, 1_000_000))
    return age
  }
}

extension AnomalyTable {
  func plannedState(row: Int) -> PlannedState {
    PlannedState(isHidden: planned[row] < 0, unlearned: planned[row] & .max)
  }

  mutating func setPlannedState(_ state: PlannedState, row: Int) {
    planned[row] = state.unlearned | (state.isHidden ? .min : 0)
  }

  /// Takes an incident into a window, or out of it.
  ///
  /// - Returns: the record of an incident that closes because a window begins.
  func enter(
    _ effect: PlannedEffect, _ state: inout PlannedState, _ incident: inout Incident, row: Int
  ) -> AnomalyVerdict? {
    guard incident.isOpen, state.isHidden != effect.suppresses else { return nil }
    var verdict = AnomalyVerdict()
    verdict.openedAt = openedAt[row]
    close(&incident, &verdict, .maintenance)
    defer { state.isHidden = false }
    return state.isHidden ? nil : verdict
  }

  /// Hides what a step within a window would have reported.
  func suppress(
    _ state: inout PlannedState, _ closed: AnomalyVerdict?, _ incident: Incident,
    _ verdict: inout AnomalyVerdict
  ) {
    verdict.isSuppressed = verdict.event == .open
    state.isHidden = incident.isOpen
    verdict.isAnomalous = false
    verdict.score = 0
    verdict.strengths = []
    verdict.event = closed?.event
    verdict.ending = closed?.ending
    guard let closed else { return }
    verdict.openedAt = closed.openedAt
    verdict.evidence = closed.evidence
    verdict.severity = closed.severity
  }
}
