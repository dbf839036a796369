import Glibc

/// How many points the buckets of a series have: mean and variance.
struct PointCounts: BitwiseCopyable {
  var mean: Float
  var variance: Float

  static let initial = PointCounts(mean: 0, variance: 0)

  private static let gain = 0.01
  /// No count moves the mean and the variance by more than so many deviations would.
  private static let deviationMaximum = 4.0

  /// ln of a bound of the probability of a count at least as far from the mean, on its side.
  ///
  /// Points are no rarer than those of a Poisson process, and the bound is Bernstein's, which holds for
  /// heavy tails as well: few alarms are worth more here than early ones.
  func logRate(of count: Double) -> Double {
    let mean = Double(mean)
    let variance = max(Double(variance), mean, 1)
    let distance = abs(count - mean)
    let burst = count > mean ? distance * max(1, variance / max(mean, 1)) / 3 : 0
    return -distance * distance / 2 / (variance + burst)
  }

  /// - Parameter number: values of the series so far.
  mutating func learn(_ count: Double, number: Double) {
    let gain = max(1 / (number + 1), Self.gain)
    let deviation = count - Double(mean)
    let bound = Self.deviationMaximum * max(Double(variance), Double(mean), 1).squareRoot()
    let bounded = number < 16 ? deviation : min(max(deviation, -bound), bound)
    mean += Float(bounded * gain)
    variance += Float((bounded * bounded - Double(variance)) * gain)
  }
}
