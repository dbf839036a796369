// The choice of the forecaster, at each tracked origin.

extension CalibrationTable {
  /// A network that was trained for the first time starts with the loss of the best baseline if the
  /// loss that its quantiles imply is at most this many times that loss.
  private static let promiseMaximum: Float = 1.5

  /// Chooses the best baseline, then the candidate.
  ///
  /// The baseline takes over from the network if its running loss is lower by the hysteresis; the
  /// network takes over from the baseline if its loss is not higher. While the network has never
  /// been trained, or the series is young (`isYoung`), a baseline makes the forecasts if one can.
  static func choose(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int, isTrained: Bool
  ) {
    if isTrained, !state.isTrained(row) { beginTrained(layout, state, row: row) }
    state.noteTrained(isTrained, row: row)
    let kind = bestBaseline(layout, settings, state, row: row)
    if let kind { state.chooseBaseline(kind, row: row) }
    guard kind != nil, settings.baselines else { return state.choose(.network, row: row) }
    guard isTrained, state.comparedCount(row) >= layout.horizon else {
      return state.choose(.baseline, row: row)
    }
    let network = state.loss(of: .network, row: row).pointee
    let baseline = state.loss(of: .baseline, row: row).pointee
    switch state.candidate(row) {
    case .baseline:
      state.choose(network <= baseline ? .network : .baseline, row: row)
    case .network:
      let margin = Float(1 - settings.hysteresis)
      state.choose(baseline < network * margin ? .baseline : .network, row: row)
    }
  }

  /// Resets the corrections of the untrained network, which do not apply to the trained one.
  ///
  /// The trained network has not been compared yet. It starts with the loss of the best baseline,
  /// unless the loss that its quantiles imply is clearly higher.
  private static func beginTrained(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int
  ) {
    state.shifts(row).update(repeating: 0, count: layout.shiftsSize)
    state.coverage(of: .network, row: row).update(
      repeating: 0, count: layout.places.coverageWidth)
    let promised = promisedLoss(layout, state, row: row)
    let baseline = state.loss(of: .baseline, row: row).pointee
    state.loss(of: .network, row: row).pointee =
      promised > promiseMaximum * baseline ? promised : baseline
  }

  /// The loss that the tracked forecast of the network would have if the values were distributed as
  /// its quantiles imply, in the unit of the running losses. It grows with the width of the
  /// quantiles.
  private static func promisedLoss(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int
  ) -> Float {
    let constants = layout.constants
    let (levels, tracked, scale) = (constants.levelCount, state.tracked(row), state.scale(row))
    var sum = 0.0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: levels) { scratch in
      guard let values = scratch.baseAddress else { return }
      for step in 0..<layout.horizon {
        for level in 0..<levels { values[level] = scale.value(tracked[step * levels + level]) }
        for level in 0..<levels {
          // The share of values that are nearest to this level.
          let below = level == 0 ? 0 : (constants.levels[level - 1] + constants.levels[level]) / 2
          let above =
            level == levels - 1 ? 1 : (constants.levels[level] + constants.levels[level + 1]) / 2
          sum +=
            (above - below) * QuantileCalibration.loss(values, value: values[level], constants)
        }
      }
    }
    return BoundedFloat.of(sum / Double(layout.horizon) / scale.unit)
  }

  /// The tracked baseline with the lowest running loss. The present one stays unless the best is
  /// lower by the hysteresis.
  private static func bestBaseline(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int
  ) -> Int? {
    let losses = state.baselineLosses(row)
    let tracked = state.tracked(row)
    func loss(_ kind: Int) -> Float? {
      guard tracked[layout.pointPlace(kind, step: 0)] != CalibrationPointers.none else {
        return nil
      }
      return losses[kind].isNaN ? .greatestFiniteMagnitude : losses[kind]
    }
    var best: (kind: Int, loss: Float)?
    for kind in 0..<CalibrationLayout.baselineCount {
      guard let loss = loss(kind) else { continue }
      if best.map({ loss < $0.loss }) ?? true { best = (kind, loss) }
    }
    guard let best else { return nil }
    let present = state.baseline(row)
    if let known = loss(present), best.loss >= known * Float(1 - settings.hysteresis) {
      return present
    }
    return best.kind
  }
}
