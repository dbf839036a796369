import Glibc

/// The probability of several steps together.
enum CombinedEvidence {
  /// Probability that `count` independent probabilities have a product as small as theirs and all
  /// deviations are on one side.
  ///
  /// - Parameter negativeLogSum: minus the sum of the natural logarithms of the probabilities.
  /// - Source: Fisher 1932 ("Statistical methods for research workers", §21.1): twice the sum is
  ///   chi-squared with 2·count degrees of freedom, whose tail has the closed form used here. The
  ///   one side is a factor of 2^(1−count), since signs are independent of sizes.
  static func probability(negativeLogSum: Double, count: Int) -> Double {
    var term = exp(-negativeLogSum)
    var tail = term
    for degree in 1..<max(count, 1) {
      term *= negativeLogSum / Double(degree)
      tail += term
    }
    return min(1, tail * pow(2, Double(1 - count)))
  }

  /// How often combined probabilities are small, which is oftener than they say where a series'
  /// errors depend on their predecessors.
  struct Calibration {
    /// Share of the probabilities below `tailStart`.
    var exceedance: Float
    /// Mean of ln(`tailStart` / probability) of those: 1 where errors are independent.
    var meanExcess: Float
  }

  static let tailStart = 0.01
  static let initialCalibration = Calibration(exceedance: Float(tailStart), meanExcess: 1)
  /// The most that one observation can say, so that an anomaly moves the mean as little as an
  /// ordinary observation of one in a thousand.
  private static let excessMaximum: Float = 6.9

  /// The probability as this series' history says it; never smaller than the nominal one.
  static func calibrated(_ probability: Double, _ calibration: Calibration) -> Double {
    guard probability < tailStart else { return probability }
    let excess = log(tailStart / max(probability, 1e-30))
    let share = max(Double(calibration.exceedance), tailStart)
    return share * exp(-excess / max(Double(calibration.meanExcess), 1))
  }

  /// - Parameter errors: how many errors of the series have been seen.
  static func learn(_ probability: Double, errors: Float, _ calibration: inout Calibration) {
    let isSmall = probability < tailStart
    calibration.exceedance += ((isSmall ? 1 : 0) - calibration.exceedance) / (errors + 200)
    guard isSmall else { return }
    let excess = min(Float(log(tailStart / max(probability, 1e-30))), excessMaximum)
    let gain = 1 / (errors * calibration.exceedance + 10)
    calibration.meanExcess += (excess - calibration.meanExcess) * gain
  }
}
