/// Level and spreads of one series, updated with each observed value, in O(1).
///
/// Values are offsets from an anchor near the series, so that 1e12 ± 1 keeps its variation in
/// single precision.
package struct SeriesScaler: Sendable, BitwiseCopyable, Equatable {
  /// The value that offsets are relative to; the first one observed, at first.
  package var anchor = 0.0
  /// Exponentially weighted mean of the offsets.
  package var mean = 0.0
  /// Exponentially weighted variance.
  package var variance = 0.0
  /// Exponentially weighted mean of |value − value one lag before|.
  package var difference = 0.0
  /// Values seen.
  package var observed: Int64 = 0
  /// Differences seen.
  package var compared: Int64 = 0

  package init() {}

  /// Differences that must have been seen before they are the unit of forecasts.
  static let comparedMinimum: Int64 = 8

  /// - Parameters:
  ///   - lagged: the offset one lag before, NaN where unknown.
  ///   - rate: weight of a new value once warm; until then averages are plain.
  @inline(__always)
  mutating func update(offset: Double, lagged: Double, rate: Double) {
    observed += 1
    let weight = max(rate, 1 / Double(observed))
    let deviation = offset - mean
    mean += weight * deviation
    variance = (1 - weight) * (variance + weight * deviation * deviation)
    guard !lagged.isNaN else { return }
    compared += 1
    let lagWeight = max(rate, 1 / Double(compared))
    difference += lagWeight * (abs(offset - lagged) - difference)
  }

  /// The scale of what the network sees and the unit of what it forecasts, in the series' unit.
  ///
  /// Both are above zero: a constant series' are a few units in the last place of its value.
  @inline(__always)
  package var scales: NetworkScales {
    let floor = 1e-14 * abs(anchor + mean) + 1e-30
    let deviation = max(variance.squareRoot(), floor)
    let unit =
      compared < Self.comparedMinimum ? deviation : max(difference, 0.02 * deviation)
    return NetworkScales(deviation: deviation, unit: unit, isConstant: deviation <= floor)
  }

  /// Moves the anchor by `delta`; the ring's offsets move with it.
  mutating func moveAnchor(by delta: Double) {
    anchor += delta
    mean -= delta
  }
}

/// The scale of what the network sees of a series, and the unit of what it forecasts.
package struct NetworkScales: Sendable, BitwiseCopyable, Equatable {
  /// Standard deviation: scale of inputs and of the windows that the head sees.
  package var deviation: Double
  /// Mean absolute seasonal difference: unit of targets, bases and forecasts.
  package var unit: Double
  /// Whether no variation has been seen that is worth forecasting.
  package var isConstant: Bool
}
