import Glibc
package import TimeSeries

/// Additive Holt–Winters smoothing with a damped trend, in constant memory for any season.
///
///     e  = y − (ℓ + φ b + s[phase])
///     ℓ ← ℓ + φ b + α e      b ← φ b + β e      s[phase] ← s[phase] + γ (1 − α) e
///     ŷ(h) = ℓ + (φ + … + φ^h) b + s[phase + h]
///
/// A season of more than `slotsMaximum` steps is kept as a profile of that many slots. Between the
/// middles of the slots it is interpolated linearly.
///
/// - Source: Gardner & McKenzie 1985 (damped trend); Hyndman & Athanasopoulos 2021, "Forecasting:
///   principles and practice", §8.3, in the error-correction form. The parameters are fixed: they
///   were chosen on rows before 11520 of ETTh1.
package struct HoltWinters: Sendable {
  package static let slotsMaximum = 32

  /// Length of the season in steps; 0 if there is none.
  package let season: Int
  package let slots: Int
  private let level: Double
  private let trend: Double
  private let damping: Double
  private let seasonal = 0.1

  package init(season: Int) {
    self.season = season
    slots = min(season, Self.slotsMaximum)
    // The seasonal profile must stay valid while the level moves. Therefore the level moves less if
    // there is a season.
    level = season > 0 ? 0.2 : 0.3
    trend = season > 0 ? 0.002 : 0.03
    damping = 0.9
  }

  /// Level and trend, in the form in which the table keeps them.
  package struct State: Sendable {
    package var level: Double
    package var trend: Double
    /// Number of values seen.
    package var count: Int

    package init(level: Double = 0, trend: Double = 0, count: Int = 0) {
      self.level = level
      self.trend = trend
      self.count = count
    }
  }

  /// Number of values from which on forecasts are possible.
  var countMinimum: Int { max(season, 2) }

  /// - Parameters:
  ///   - phase: place of the value in the season, 0..<season.
  ///   - profile: [slots]
  package func update(
    _ state: inout State, profile: UnsafeMutablePointer<Float>, phase: Int, value: Double
  ) {
    state.count = min(state.count + 1, 1 << 24)
    guard state.count > 1 else {
      state.level = value
      return
    }
    if state.count <= season {
      begin(&state, profile: profile, phase: phase, value: value)
      return
    }
    let moved = state.level + damping * state.trend
    let error = value - (moved + seasonalPart(profile, phase: phase))
    // While few values have been seen, the level is close to their mean.
    let share = max(level, 1 / Double(state.count))
    state.level = moved + share * error
    state.trend = damping * state.trend + (state.count > 8 ? trend * error : 0)
    guard season > 0 else { return }
    let slot = phase * slots / season
    let rate = max(seasonal, Double(season) / Double(state.count)) * Double(slots) / Double(season)
    profile[slot] = BoundedFloat.of(Double(profile[slot]) + rate * (1 - share) * error)
  }

  /// Updates the state in the first season. Each slot becomes the mean of its values, relative to
  /// the first value of the series. At the end of the season, the mean of all slots moves into the
  /// level.
  private func begin(
    _ state: inout State, profile: UnsafeMutablePointer<Float>, phase: Int, value: Double
  ) {
    let slot = phase * slots / season
    let first = (slot * season + slots - 1) / slots
    let rate = 1 / Double(1 + max(0, phase - first))
    let known = Double(profile[slot])
    profile[slot] = BoundedFloat.of(known + rate * (value - state.level - known))
    guard state.count == season else { return }
    var mean = 0.0
    for slot in 0..<slots { mean += Double(profile[slot]) / Double(slots) }
    state.level += mean
    for slot in 0..<slots { profile[slot] = BoundedFloat.of(Double(profile[slot]) - mean) }
  }

  /// Moves the state over a step without a value.
  package func skip(_ state: inout State) {
    state.level += damping * state.trend
    state.trend *= damping
  }

  /// - Parameters:
  ///   - phase: place of the first step ahead in the season.
  ///   - leads: of the steps ahead, the first being number 1.
  ///   - points: [horizon]
  package func forecast(
    _ state: State, profile: UnsafePointer<Float>, phase: Int, leads: ClockLeads = ClockLeads(),
    horizon: Int, into points: UnsafeMutablePointer<Double>
  ) {
    var moved = state.level
    var trend = state.trend
    var phase = phase
    for step in 0..<horizon {
      trend *= damping
      moved += trend
      points[step] = moved + seasonalPart(profile, phase: phase)
      phase += 1
      if phase == season { phase = 0 }
      if leads.isConstant || season == 0 { continue }
      phase += leads.lead(step + 2) - leads.lead(step + 1) + season
      phase %= season
    }
  }

  @inline(__always)
  private func seasonalPart(_ profile: UnsafePointer<Float>, phase: Int) -> Double {
    if season == 0 { return 0 }
    if slots == season { return Double(profile[phase]) }
    let place = (Double(phase) + 0.5) * Double(slots) / Double(season) - 0.5
    let below = place.rounded(.down)
    let low = below < 0 ? slots - 1 : Int(below)
    let high = low + 1 == slots ? 0 : low + 1
    let share = place - below
    return (1 - share) * Double(profile[low]) + share * Double(profile[high])
  }
}
