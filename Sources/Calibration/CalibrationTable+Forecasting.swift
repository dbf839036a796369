// Makes the published forecasts from those of the network and the baselines.
//
// There are four functions. Between them, the owner of the kept values and of the network does its
// part:
//
//     dropUntrained   drops the tracked forecasts of the untrained network
//     planSeasons     marks series whose past seasons are read → the owner describes the origins
//     planNetwork     marks series that need the network       → the owner lets it forecast
//     correct         tracks, chooses and corrects

package import TimeSeries

extension CalibrationTable {
  /// Drops the tracked forecasts of the untrained network when there is a trained one. The next
  /// forecasts are then tracked at once.
  package mutating func dropUntrained(rows: [Int], isTrained: Bool) {
    guard isTrained else { return }
    withPointers { state in
      for row in rows where !state.isTrained(row) { state.origins[row] = .min }
    }
  }

  /// Marks the series whose baselines need values of past seasons.
  ///
  /// - Parameter all: whether the forecasts of all baselines will be read.
  package mutating func planSeasons(
    rows: [Int], all: Bool, _ origins: borrowing BaselineOrigins
  ) {
    precondition(rows.count <= origins.capacity)
    let hasBaselines = settings.baselines
    withPointers { state in
      for (number, row) in rows.enumerated() {
        let reads =
          switch state.forecaster(row) {
          case .network: false
          case .baseline(let kind): kind.readsSeasons
          }
        origins.readsSeasons[number] =
          hasBaselines && (all || reads || state.origins[row] == .min)
      }
    }
  }

  /// Marks the series that need a forecast of the network: those whose next forecast is tracked,
  /// and those for which the network makes the forecasts. The forecasts of the other series would
  /// not be used.
  package mutating func planNetwork(
    rows: [Int], _ origins: borrowing BaselineOrigins, into isNeeded: UnsafeMutablePointer<Bool>
  ) {
    precondition(rows.count <= origins.capacity)
    let layout = layout
    let canReplace = settings.baselines
    withPointers { state in
      for (number, row) in rows.enumerated() {
        guard canReplace, state.origins[row] != .min,
          case .baseline(let kind) = state.forecaster(row)
        else {
          isNeeded[number] = true
          continue
        }
        let points = origins.points + number * layout.horizon
        origins.made[number] = layout.pointsOrNewest(
          of: kind, origins.inputs[number], state: state, row: row, into: points)
        isNeeded[number] = origins.made[number] == nil
      }
    }
  }

  /// Tracks forecasts of series that have no tracked one, and makes the published forecasts: the
  /// corrected forecasts of the network, or those of a baseline in their place.
  ///
  /// - Parameters:
  ///   - isTrained: whether the network was ever trained.
  ///   - forecasts: on entry, the uncorrected forecasts of the network for the series that need
  ///     them; on return, the published ones, finite and ascending in each step.
  /// - Precondition: the origins are planned and described, and there is at least one row.
  package mutating func correct(
    rows: [Int], isTrained: Bool, _ origins: borrowing BaselineOrigins, into forecasts: ForecastRows
  ) {
    precondition(rows.count <= origins.capacity)
    let (layout, settings) = (layout, settings)
    guard settings.enabled || settings.baselines else {
      for number in rows.indices { forecasts.forecasters[number] = .network }
      return note(rows: rows, isTrained: isTrained, forecasts)
    }
    withPointers { state in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: layout.shiftsSize) { moves in
        guard let moves = moves.baseAddress else { return }
        var correction = ForecastCorrection(layout: layout, state: state, moves: moves)
        for (number, row) in rows.enumerated() {
          let values = forecasts.values(number)
          let isTracked = state.origins[row] == .min
          if isTracked {
            Self.track(
              layout, settings, state, row: row, values: values, isTrained: isTrained,
              origins.inputs[number], points: origins.candidates)
          } else if state.origins[row] == Self.pause {
            state.origins[row] = .min
          }
          // `planNetwork` made the points of the chosen baseline, unless the baseline was chosen
          // just now.
          correction.begin(
            row: row, values: values, points: origins.points + number * layout.horizon,
            unit: origins.inputs[number].scale.unit)
          forecasts.forecasters[number] = correction.publish(
            origins.inputs[number], made: origins.made[number], arePointsMade: !isTracked)
        }
      }
    }
    note(rows: rows, isTrained: isTrained, forecasts)
  }

  /// Marks the forecasts that are too young to be relied on.
  private func note(rows: [Int], isTrained: Bool, _ forecasts: ForecastRows) {
    for (number, row) in rows.enumerated() {
      let isUntrained = !isTrained && forecasts.forecasters[number] == .network
      if isUntrained || isYoung(row: row) { forecasts.isWarming[number] = true }
    }
  }
}

extension BaselineKind {
  /// Whether the baseline forecasts from values of seasons before the origin.
  fileprivate var readsSeasons: Bool {
    switch self {
    case .seasonalNaive, .longSeasonalNaive, .autoregression: true
    case .naive, .holtWinters: false
    }
  }
}

extension CalibrationTable {
  /// The forecast that would be published if the given baseline were the forecaster; for reports.
  ///
  /// - Shape: values [H, L]
  /// - Returns: false if the baseline has no forecast at this origin.
  package mutating func baselineForecast(
    row: Int, kind: BaselineKind, inputs: BaselineInputs, into values: UnsafeMutablePointer<Double>
  ) -> Bool {
    let layout = layout
    var isThere = false
    guard settings.baselines else { return false }
    withPointers { state in
      withUnsafeTemporaryAllocation(
        of: Double.self, capacity: layout.horizon + layout.shiftsSize
      ) { scratch in
        guard let points = scratch.baseAddress else { return }
        layout.points(of: kind, inputs, state: state, row: row, into: points)
        guard points[0].isFinite else { return }
        var correction = ForecastCorrection(
          layout: layout, state: state, moves: points + layout.horizon)
        correction.begin(row: row, values: values, points: points, unit: inputs.scale.unit)
        correction.publishBaseline(kind.rawValue)
        isThere = true
      }
    }
    return isThere
  }
}
