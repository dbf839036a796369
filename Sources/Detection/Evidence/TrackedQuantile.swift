/// The threshold of a tail: a quantile of a statistic that is followed with each value.
///
/// The first values give a mean, and their multiple the first threshold; from then on it follows by
/// stochastic approximation (Robbins & Monro 1951) on its logarithm, so that its scale does not matter.
struct TrackedQuantile {
  /// The share of values above the threshold.
  var share: Double
  /// The gain in the long run, and of the first steps.
  var gain: Double
  var firstGain: Double
  /// The number of values after which there is a threshold, and its multiple of their mean.
  var firstCount: UInt16
  var firstMultiple: Double

  /// Values that are no more than counted in the beginning.
  private static let skipped: UInt16 = 4
  private static let countMaximum: UInt16 = 30_000
  private static let least = 1e-6

  /// - Parameters:
  ///   - weight: less than 1 for values of which little is to be learned.
  ///   - mean: of the first values; zero afterwards.
  /// - Returns: whether there was a threshold before.
  func learn(
    _ value: Double, weight: Double, threshold: inout Float, mean: inout Float, count: inout UInt16
  ) -> Bool {
    let seen = count
    if count < Self.countMaximum { count += 1 }
    if seen < firstCount {
      guard seen >= Self.skipped else { return false }
      let bounded = mean > 0 ? min(value, 4 * Double(mean)) : value
      mean += Float((bounded - Double(mean)) / Double(seen - Self.skipped + 1))
      if seen == firstCount - 1 {
        threshold = Float(max(firstMultiple * Double(mean), Self.least))
        mean = 0
      }
      return false
    }
    let isAbove = value > Double(threshold)
    let step = max(gain, firstGain / Double(seen)) * weight * ((isAbove ? 1 : 0) - share)
    threshold = Float(max(Double(threshold) * (1 + min(max(step, -0.2), 0.2)), Self.least))
    return true
  }
}
