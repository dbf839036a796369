import TimeSeries

// The forecast of each baseline at an origin.

extension CalibrationLayout {
  /// Writes the points of one baseline; the first is NaN if the baseline cannot forecast.
  ///
  /// - Shape: points [H]
  func points(
    of kind: BaselineKind, _ inputs: BaselineInputs, state: CalibrationPointers,
    row: Int, into points: UnsafeMutablePointer<Double>
  ) {
    switch kind {
    case .naive: points.update(repeating: inputs.newest, count: horizon)
    case .seasonalNaive:
      copySeason(shortSeason, inputs.short, newest: inputs.newest, into: points)
    case .longSeasonalNaive:
      copySeason(longSeason, inputs.long, newest: inputs.newest, into: points)
    case .holtWinters:
      let smoothing = state.smoothing(row)
      guard smoothing.count >= holtWinters.countMinimum else {
        points[0] = .nan
        return
      }
      // A season that is not whole days ignores the clock.
      let leads = isOfDays ? inputs.leads : ClockLeads()
      holtWinters.forecast(
        smoothing, profile: state.profile(row),
        phase: phase(of: inputs.time + interval, lead: leads.lead(1)), leads: leads,
        horizon: horizon, into: points)
    case .autoregression:
      guard state.comparedCount(row) >= horizon else {
        points[0] = .nan
        return
      }
      regress(inputs, state: state.regression(row), into: points)
    }
  }

  /// The same, or the newest value in place of a baseline that cannot forecast at this origin, as
  /// when a spike was removed from its season, while the network has never been trained: what an
  /// untrained network says is no forecast.
  ///
  /// - Returns: the baseline that made the points; nil if the network must forecast.
  func pointsOrNewest(
    of kind: BaselineKind, _ inputs: BaselineInputs, state: CalibrationPointers, row: Int,
    into target: UnsafeMutablePointer<Double>
  ) -> BaselineKind? {
    points(of: kind, inputs, state: state, row: row, into: target)
    if !target[0].isNaN { return kind }
    guard !state.isTrained(row), inputs.newest.isFinite else { return nil }
    points(of: .naive, inputs, state: state, row: row, into: target)
    return .naive
  }

  private func copySeason(
    _ season: Int, _ values: UnsafePointer<Double>, newest: Double,
    into points: UnsafeMutablePointer<Double>
  ) {
    guard season > 0 else {
      points[0] = .nan
      return
    }
    for step in 0..<horizon {
      points[step] = values[step + 1]
      if points[step].isNaN {
        points[0] = .nan
        return
      }
    }
  }

  private func regress(
    _ inputs: BaselineInputs, state: UnsafePointer<Float>,
    into points: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: autoregression.size) { scratch in
      guard let x = scratch.baseAddress else { return }
      let factor = 1 / inputs.scale.deviation
      let mean = inputs.scale.mean
      var previous = (inputs.newest - mean) * factor
      var beforePrevious = (inputs.short[0] - mean) * factor
      for step in 0..<horizon {
        x[0] = previous
        if autoregression.seasonCount == 0 {
          x[1] = beforePrevious
        } else {
          x[1] = (inputs.short[step + 1] - mean) * factor
          x[2] = (inputs.short[step] - mean) * factor
        }
        if autoregression.seasonCount > 1 {
          x[3] = (inputs.long[step + 1] - mean) * factor
          x[4] = (inputs.long[step] - mean) * factor
        }
        x[autoregression.size - 1] = 1
        beforePrevious = previous
        previous = autoregression.predict(state, regressors: x)
        points[step] = mean + inputs.scale.deviation * previous
      }
    }
  }
}
