import TimeSeries

// Planned windows on the way of a step.

extension StreamState {
  /// Finds what is planned for the steps of the round. A value from which nothing is to be learned is
  /// taken out here, before anything learns: it is as missing for doubt, scale, baselines, calibration,
  /// the network and the histories to train on. The detector judges the step as it came.
  mutating func plan(_ workspace: inout SegmentWorkspace) {
    workspace.planned.removeAll(keepingCapacity: true)
    if planned.isEmpty { return }
    let series = series
    for number in workspace.round.indices {
      let row = workspace.rows[number]
      let effect = planned.effect(at: workspace.times[number], row: row) {
        SeriesKey(canonical: series[row].key)
      }
      if effect.skipsLearning { workspace.values[number] = .nan }
      workspace.planned.append(effect)
    }
  }
}

extension SegmentWorkspace {
  /// What is planned for a step of the round.
  func plannedEffect(_ number: Int) -> PlannedEffect {
    // Not `[]`, whose generic initialiser takes longer than what asks.
    planned.isEmpty ? PlannedEffect(rawValue: 0) : planned[number]
  }
}
