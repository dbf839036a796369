import TimeSeries

// The tracked forecast: the forecasts of the network and of all baselines at one origin, and how
// they are kept.

extension CalibrationTable {
  /// The smallest width that is used, as a share of the spread of the series.
  static let widthFloor = 0.02
  /// A baseline is not tracked if it is further from the forecasts of the network than this many
  /// times their range, or the spread of the series if that is larger.
  static let reach = 50.0
  /// Keeps the forecasts of the network and of all baselines at this origin, and chooses the
  /// forecaster.
  ///
  /// - Parameter points: scratch. Shape: [K, H]
  static func track(
    _ layout: borrowing CalibrationLayout, _ settings: CalibrationSettings,
    _ state: CalibrationPointers, row: Int, values: UnsafePointer<Double>, isTrained: Bool,
    _ inputs: BaselineInputs, points: UnsafeMutablePointer<Double>
  ) {
    let horizon = layout.horizon
    let size = horizon * layout.levelCount
    state.origins[row] = inputs.time
    points.update(repeating: .nan, count: CalibrationLayout.baselineCount * horizon)
    if settings.baselines {
      for kind in BaselineKind.allCases {
        layout.points(
          of: kind, inputs, state: state, row: row, into: points + kind.rawValue * horizon)
      }
    }
    let scale = Self.scale(
      values, count: size, points: points, horizon: horizon, unit: inputs.scale.unit,
      newest: isTrained ? .nan : inputs.newest)
    state.store(scale, row: row)
    let tracked = state.tracked(row)
    for index in 0..<size { tracked[index] = scale.stored(values[index]) }
    for kind in 0..<CalibrationLayout.baselineCount {
      let isThere = points[kind * horizon].isFinite
      for step in 0..<horizon {
        let value = points[kind * horizon + step]
        tracked[layout.pointPlace(kind, step: step)] =
          isThere && value.isFinite ? scale.stored(value) : CalibrationPointers.none
      }
    }
    admit(layout, state, row: row, unit: scale.unit)
    choose(layout, settings, state, row: row, isTrained: isTrained)
  }

  /// A scale whose range includes the forecast of the network and those points of the baselines
  /// that are within reach of it.
  ///
  /// - Parameter newest: a value that the range includes in any case, because a forecast by it must
  ///   be possible while the network is untrained; NaN if there is none.
  private static func scale(
    _ values: UnsafePointer<Double>, count: Int, points: UnsafePointer<Double>, horizon: Int,
    unit: Double, newest: Double
  ) -> TrackedScale {
    var low = values[0]
    var high = values[0]
    for index in 1..<max(count, 1) {
      low = min(low, values[index])
      high = max(high, values[index])
    }
    let reach = Self.reach * max(high - low, unit)
    let (least, most) = (low - reach, high + reach)
    for index in 0..<CalibrationLayout.baselineCount * horizon where points[index].isFinite {
      if points[index] < least || points[index] > most { continue }
      low = min(low, points[index])
      high = max(high, points[index])
    }
    if newest.isFinite {
      low = min(low, newest)
      high = max(high, newest)
    }
    let base = low / 2 + high / 2
    let quantum = max((high / 2 - low / 2) / TrackedScale.largest, unit * 1e-6, 1e-300)
    return TrackedScale(base: base, quantum: quantum, unit: max(unit, 1e-300))
  }

  /// Gives a baseline that is tracked for the first time a loss near the best one. From then on all
  /// baselines are compared at the same origins.
  private static func admit(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int, unit: Double
  ) {
    let losses = state.baselineLosses(row)
    var best = Float.infinity
    for kind in 0..<CalibrationLayout.baselineCount where !losses[kind].isNaN {
      best = min(best, losses[kind])
    }
    for kind in BaselineKind.allCases {
      let number = kind.rawValue
      guard state.tracked(row)[layout.pointPlace(number, step: 0)] != CalibrationPointers.none
      else { continue }
      if losses[number].isNaN, best.isFinite { losses[number] = best * entryLoss(of: kind) }
      let spreads = state.spreads(of: number, row: row)
      guard spreads[0] == 0 else { continue }
      for group in 0..<layout.groups {
        let step = (2 * group + 1) * layout.horizon / (2 * layout.groups)
        let growth =
          kind == .naive || layout.shortSeason == 0
          ? min(2.5, Double(step + 1).squareRoot()) : 1
        spreads[group] = max(BoundedFloat.of(unit * growth), 1e-30)
      }
    }
  }

  /// The first loss of a baseline, as a share of the lowest loss. It is below 1 for baselines of
  /// the season, because a season that was configured or found is trusted.
  private static func entryLoss(of kind: BaselineKind) -> Float {
    switch kind {
    case .seasonalNaive: 0.95
    case .holtWinters: 0.97
    case .naive, .autoregression, .longSeasonalNaive: 1.1
    }
  }
}
