package import TimeSeries

/// A forecast that was made for a step some steps before it: by the forecaster that speaks, without
/// corrections.
package struct AheadForecast: Sendable, BitwiseCopyable {
  package var point: Double
  /// Of its interval, or what stands for it.
  package var width: Double

  package static let none = AheadForecast(point: .nan, width: .nan)
}

extension CalibrationTable {
  /// Collects the tracked forecasts for some steps, where they were made at least two steps before.
  ///
  /// - Parameter forecasts: one for each step; `.none` where there is none.
  package mutating func collectAhead(
    rows: [Int], times: [Milliseconds], into forecasts: inout [AheadForecast]
  ) {
    forecasts.removeAll(keepingCapacity: true)
    guard !rows.isEmpty else { return }
    let layout = layout
    withPointers { state in
      for index in rows.indices {
        forecasts.append(
          Self.ahead(layout, state, row: rows[index], time: times[index]) ?? .none)
      }
    }
  }

  private static func ahead(
    _ layout: borrowing CalibrationLayout, _ state: CalibrationPointers, row: Int,
    time: Milliseconds
  ) -> AheadForecast? {
    guard state.origins[row] > pause else { return nil }
    let step = Int((time - state.origins[row]) / layout.interval) - 1
    guard step >= 1, step < layout.horizon else { return nil }
    let (scale, tracked) = (state.scale(row), state.tracked(row))
    let levels = layout.levelCount
    let constants = layout.constants
    if state.isTrained(row), state.candidate(row) == .network {
      let first = step * levels
      let width =
        scale.value(tracked[first + constants.referenceHigh])
        - scale.value(tracked[first + constants.referenceLow])
      return AheadForecast(
        point: scale.value(tracked[first + constants.median]), width: max(width, 0))
    }
    let kind = state.baseline(row)
    let stored = tracked[layout.pointPlace(kind, step: step)]
    guard stored != CalibrationPointers.none else { return nil }
    let spread = Double(state.spreads(of: kind, row: row)[layout.group(of: step)])
    return AheadForecast(point: scale.value(stored), width: 2.56 * max(spread, 0))
  }
}
