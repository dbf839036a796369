import Glibc

/// The combined probability of several steps.
enum CombinedEvidence {
  /// Probability that `count` independent probabilities have a product as small as theirs and all
  /// deviations are on one side.
  ///
  /// - Parameter negativeLogSum: minus the sum of the natural logarithms of the probabilities.
  /// - Source: Fisher 1932 ("Statistical methods for research workers", §21.1): twice the sum is
  ///   chi-squared with 2·count degrees of freedom; its tail has the closed form used here. The
  ///   condition that all deviations are on one side is a factor of 2^(1−count), because signs are
  ///   independent of sizes.
  static func probability(negativeLogSum: Double, count: Int) -> Double {
    var term = exp(-negativeLogSum)
    var tail = term
    for degree in 1..<max(count, 1) {
      term *= negativeLogSum / Double(degree)
      tail += term
    }
    return min(1, tail * pow(2, Double(1 - count)))
  }

  /// The observed frequency of small combined probabilities. They are more frequent than they
  /// should be if the errors of a series depend on their predecessors.
  struct Calibration {
    /// Share of the combined probabilities that are below `tailStart`.
    var exceedance: Float
    /// Mean of ln(`tailStart` / probability) over the probabilities below `tailStart`: 1 if errors
    /// are independent.
    var meanExcess: Float
  }

  static let tailStart = 0.01
  static let initialCalibration = Calibration(exceedance: Float(tailStart), meanExcess: 1)
  /// Upper bound of one observation, so that an anomaly moves the mean no more than an ordinary
  /// observation of one in a thousand.
  private static let excessMaximum: Float = 6.9

  /// The probability corrected by the history of the series; never smaller than the nominal one.
  static func calibrated(_ probability: Double, _ calibration: Calibration) -> Double {
    guard probability < tailStart else { return probability }
    let excess = log(tailStart / max(probability, 1e-30))
    let share = max(Double(calibration.exceedance), tailStart)
    return share * exp(-excess / max(Double(calibration.meanExcess), 1))
  }

  /// Updates the calibration by a combined probability.
  ///
  /// - Parameter errors: number of errors of the series that have been seen.
  static func learn(_ probability: Double, errors: Float, _ calibration: inout Calibration) {
    let isSmall = probability < tailStart
    calibration.exceedance += ((isSmall ? 1 : 0) - calibration.exceedance) / (errors + 200)
    guard isSmall else { return }
    let excess = min(Float(log(tailStart / max(probability, 1e-30))), excessMaximum)
    let gain = 1 / (errors * calibration.exceedance + 10)
    calibration.meanExcess += (excess - calibration.meanExcess) * gain
  }
}
