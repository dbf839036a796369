import Glibc

/// The tail of one statistic of a series: how improbable a value is among its own past.
///
/// - Source: peaks over a threshold with a generalised Pareto tail, as Siffer et al. 2017 ("Anomaly
///   detection in streams with extreme value theory"), its shape and scale from two L-moments of the
///   excesses (Hosking & Wallis 1987) that fade. Differences: the threshold follows a quantile, and
///   the moments are shrunk towards a prior while few excesses are known.
struct ExceedanceTail: BitwiseCopyable {
  var threshold: Float
  /// Share of values above the threshold.
  var rate: Float
  /// Of the excesses: mean, half the mean difference of two successive ones, the last, the number.
  var mean: Float
  var halfDifference: Float
  var last: Float
  var excessCount: UInt16
  var count: UInt16

  static let initial = ExceedanceTail(
    threshold: 0, rate: 0.05, mean: 0, halfDifference: 0, last: 0, excessCount: 0, count: 0)

  /// What is assumed of the excesses, and for how many of them it counts.
  struct Prior: Sendable, Equatable {
    /// Mean, as a share of the threshold.
    var mean = 0.35
    var shape = 0.1
    var count = 8.0
  }

  static let shapes = -0.1...0.6
  private static let excessMemory: UInt16 = 500
  private static let rateMemory = 3_000.0
  /// Values that must be known before one is judged.
  private static let countMinimum: UInt16 = 32
  private static let informationMaximum = 60.0
  private static let quantile = TrackedQuantile(
    share: 0.05, gain: 0.01, firstGain: 4, firstCount: 16, firstMultiple: 2.2)

  private func shapeAndScale(_ assumed: Prior) -> (shape: Double, scale: Double) {
    let prior = assumed.count / (Double(excessCount) + assumed.count)
    let expected = max(assumed.mean * Double(threshold), 1e-9)
    let first = Double(mean) * (1 - prior) + prior * expected
    let second = Double(halfDifference) * (1 - prior) + prior * 0.5 * expected
    let estimate = 2 - first / max(second, 1e-12)
    let shape =
      min(max(estimate, Self.shapes.lowerBound), Self.shapes.upperBound) * (1 - prior)
      + prior * assumed.shape
    return (shape, first * (1 - shape))
  }

  /// −ln of the probability of a value at least as large; zero while too few are known.
  func information(of value: Double, _ prior: Prior) -> Double {
    guard count >= Self.countMinimum else { return 0 }
    let base = -log(max(Double(rate), 1e-4))
    if value <= Double(threshold) {
      return threshold > 0 ? base * value / Double(threshold) : 0
    }
    let (shape, scale) = shapeAndScale(prior)
    let excess = (value - Double(threshold)) / max(scale, 1e-12)
    let tail: Double
    if abs(shape) < 1e-6 {
      tail = excess
    } else {
      let inner = 1 + shape * excess
      tail = inner <= 1e-12 ? 30 : log(inner) / shape
    }
    return min(base + tail, Self.informationMaximum)
  }

  /// - Parameters:
  ///   - weight: less than 1 within an anomaly.
  ///   - pace: factor of the long-run gains.
  mutating func learn(_ value: Double, weight: Double, pace: Double, _ prior: Prior) {
    let (former, known) = (threshold, count)
    var quantile = Self.quantile
    quantile.gain *= pace
    guard
      quantile.learn(
        value, weight: weight, threshold: &threshold, mean: &mean, count: &count)
    else { return }
    let isAbove = value > Double(former)
    if isAbove { learnExcess(value - Double(former), of: former, weight: weight, prior) }
    rate += Float(
      ((isAbove ? 1 : 0) - Double(rate)) * max(1 / (Double(known) + 40), pace / Self.rateMemory)
        * weight)
  }

  private mutating func learnExcess(
    _ excess: Double, of former: Float, weight: Double, _ prior: Prior
  ) {
    var tail = self
    tail.threshold = former
    let (shape, scale) = tail.shapeAndScale(prior)
    // No excess counts for more than one in ten thousand of the tail so far.
    var bound = abs(shape) < 1e-6 ? 9.2 * scale : scale / shape * (pow(1e-4, -shape) - 1)
    if weight < 1 { bound = min(bound, 3 * scale) }
    let bounded = Float(min(excess, bound))
    excessCount = min(excessCount, Self.excessMemory - 1) + 1
    if excessCount == 1 {
      mean = bounded
      halfDifference = bounded / 2
    } else {
      let gain = Float(weight) / (Float(excessCount) + 1)
      mean += (bounded - mean) * gain
      halfDifference += (abs(bounded - last) / 2 - halfDifference) * gain
    }
    last = bounded
  }
}
