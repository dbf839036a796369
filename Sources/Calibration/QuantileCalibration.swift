/// Corrections of one step's quantiles by the values that follow, and the updates of these
/// corrections.
///
/// Two corrections are applied one after the other, both in units of the width w of the forecast's
/// own 80 % interval:
///
///     level l      v_l ← v_l + θ_l w          θ_l ← θ_l + η u (q_l − 1[y < v_l])
///     interval p   [a − s_p w, b + s_p w]     s_p ← s_p + γ_p u (1[E > s_p] − α_p)
///                                             E = max(a − y, y − b) / w
///
/// The first is online gradient descent on the pinball loss, for each level and group of steps. The
/// second keeps the coverage of each central interval, over all steps of the horizon together. The
/// unit u of their steps is ordinarily 1. It grows with how far values are outside of the interval,
/// or inside, so that intervals that are wrong by a large factor are corrected in a few horizons.
///
/// - Source: quantile tracking: Angelopoulos, Candès & Tibshirani 2023 ("Conformal PID control for
///   time series prediction", §2.2). It is adaptive conformal inference (Gibbs & Candès 2021,
///   "Adaptive conformal inference under distribution shift", eq. 2) with the quantile of the score
///   itself as the state, so no window of scores is needed. E is the score of conformalised
///   quantile regression (Romano, Patterson & Candès 2019).
enum QuantileCalibration {
  /// Bounds of the shifts (`±shiftMaximum`) and lower bound of the widenings (`narrowest`), in
  /// units of w.
  static let shiftMaximum = 3.9
  static let narrowest = -1.0
  /// Upper bound of the widenings, in units of w. When a constant series begins to move, a value
  /// may be any number of widths outside; its effect is bounded, because the next widths will
  /// differ.
  static let widest = 50.0
  /// The largest unit u through misses.
  static let unitMaximum = 16.0
  /// Rate at which the averages of the two distances follow a new value.
  static let unitRate = 1.0 / 24
  /// The unit u grows if values are outside by more than a fifth of w on average, where a value
  /// inside counts as zero (0.04 for normal errors), or inside by more than six tenths (0.24 for
  /// normal errors).
  static let missGain = 1 / 0.2
  static let slackGain = 1 / 0.6

  /// The width that is the unit of corrections, above zero.
  @inline(__always)
  static func width(
    _ values: UnsafePointer<Double>, _ constants: CalibrationConstants, floor: Double
  ) -> Double {
    max(values[constants.referenceHigh] - values[constants.referenceLow], floor)
  }

  /// Shifts the levels of a step.
  ///
  /// - Shape: values, shifts [L]
  @inline(__always)
  static func shift(
    _ values: UnsafeMutablePointer<Double>, by shifts: UnsafePointer<Int16>, width: Double,
    count: Int
  ) {
    let unit = width * CalibrationLayout.shiftQuantum
    for level in 0..<count { values[level] += Double(shifts[level]) * unit }
  }

  /// Adds the widenings of the central intervals to the moves of the levels, in units of w.
  ///
  /// - Shape: moves [L], widenings [P]
  @inline(__always)
  static func addWidenings(
    _ widenings: UnsafePointer<Float>, to moves: UnsafeMutablePointer<Double>,
    _ constants: CalibrationConstants
  ) {
    for number in 0..<constants.intervalCount {
      moves[constants.lows[number]] -= Double(widenings[number])
      moves[constants.highs[number]] += Double(widenings[number])
    }
  }

  /// Puts the levels of a step in order, from the median outwards: an interval cannot be narrower
  /// than one within it.
  @inline(__always)
  static func order(_ values: UnsafeMutablePointer<Double>, _ constants: CalibrationConstants) {
    var inner = values[constants.median]
    var level = constants.median
    while level > 0 {
      level -= 1
      inner = min(inner, values[level])
      values[level] = inner
    }
    inner = values[constants.median]
    level = constants.median + 1
    while level < constants.levelCount {
      inner = max(inner, values[level])
      values[level] = inner
      level += 1
    }
  }

  /// Moves the levels of a step apart where corrections have left less than `floor` between the ends
  /// of the reference interval.
  ///
  /// - Precondition: the levels are in order.
  @inline(__always)
  static func open(
    _ values: UnsafeMutablePointer<Double>, floor: Double, _ constants: CalibrationConstants
  ) {
    let (low, high) = (constants.referenceLow, constants.referenceHigh)
    if values[high] - values[low] >= floor { return }
    let middle = values[constants.median]
    for level in 0...low { values[level] = min(values[level], middle - floor / 2) }
    for level in high..<constants.levelCount {
      values[level] = max(values[level], middle + floor / 2)
    }
  }

  /// Moves the shifts by the gradient of the pinball loss at a value.
  ///
  /// - Parameters:
  ///   - values: shifted, not widened.
  ///   - tolerance: a level whose distance from the value is at most this does not move.
  @inline(__always)
  static func learnShifts(
    _ shifts: UnsafeMutablePointer<Int16>, value: Double, values: UnsafePointer<Double>,
    tolerance: Double, rate: Double, _ constants: CalibrationConstants
  ) {
    let limit = shiftMaximum / CalibrationLayout.shiftQuantum
    let unit = rate / CalibrationLayout.shiftQuantum
    // The step is rounded up or down depending on the bits of the value, so that steps below the
    // quantum are not lost.
    let dither = Double((value.bitPattern &* 0x9E37_79B9_7F4A_7C15) >> 11) * 0x1p-53
    for level in 0..<constants.levelCount {
      let distance = value - values[level]
      guard abs(distance) > tolerance else { continue }
      let step = unit * (constants.levels[level] - (distance < 0 ? 1 : 0))
      let moved = Double(shifts[level]) + floor(step + dither)
      shifts[level] = Int16(min(max(moved, -limit), limit))
    }
  }

  /// The largest integer that is not above a value of moderate size. Adding and subtracting 1.5 ·
  /// 2^52 gives the nearest integer. The `floor` of the standard library is a call into the C
  /// library on processors without SSE 4.1.
  @inline(__always)
  private static func floor(_ value: Double) -> Double {
    let shift = 6_755_399_441_055_744.0
    let nearest = (value + shift) - shift
    return nearest > value ? nearest - 1 : nearest
  }

  /// The unit u of the steps: above 1 while values are far outside, or far inside.
  ///
  /// - Shape: state [P + 2]
  @inline(__always)
  static func stepUnit(
    _ state: UnsafePointer<Float>, _ constants: CalibrationConstants
  ) -> Double {
    let count = constants.intervalCount
    let missed = min(missGain * Double(state[count]), unitMaximum)
    return max(1, missed, slackGain * Double(state[count + 1]))
  }

  /// Moves the widening of each interval, depending on whether the widened interval missed the
  /// value.
  ///
  /// - Parameter values: not widened.
  /// - Shape: state [P + 2]: the widenings, then how far values are outside and inside.
  @inline(__always)
  static func learnCoverage(
    _ state: UnsafeMutablePointer<Float>, value: Double, values: UnsafePointer<Double>,
    width: Double, rate: Double, _ constants: CalibrationConstants
  ) {
    let count = constants.intervalCount
    let unit = stepUnit(state, constants)
    for number in 0..<count {
      let low = values[constants.lows[number]]
      let high = values[constants.highs[number]]
      let score = max(low - value, value - high) / width
      let widening = Double(state[number])
      let miss: Double = score > widening ? 1 : 0
      let moved =
        widening + rate * constants.intervalRates[number] * unit
        * (miss - constants.missShares[number])
      state[number] = Float(min(max(moved, narrowest), widest))
      if number == constants.referenceNumber {
        let excess = min(max(score - widening, 0), widest)
        let slack = min(max(widening - score, 0), widest)
        state[count] += Float(unitRate * (excess - Double(state[count])))
        state[count + 1] += Float(unitRate * (slack - Double(state[count + 1])))
      }
    }
  }

  /// Twice the pinball loss, averaged over the levels.
  @inline(__always)
  static func loss(
    _ values: UnsafePointer<Double>, value: Double, _ constants: CalibrationConstants
  ) -> Double {
    var sum = 0.0
    for level in 0..<constants.levelCount {
      let distance = value - values[level]
      let share = constants.levels[level]
      sum += max(share * distance, (share - 1) * distance)
    }
    return 2 * sum / Double(constants.levelCount)
  }
}
