import Glibc

/// How often incidents of a statistic are at least as strong as one: the rate of clusters of exceedances
/// in the series' own past, by the size of their largest value.
///
/// Counting clusters instead of steps needs no independence of successive steps, which series don't
/// have. Beyond a second threshold the tail has a scale of its own.
///
/// - Source: runs declustering of peaks over a threshold (Smith & Weissman 1994); the predictive tail of
///   exponential sizes of which few are known.
struct IncidentTail: BitwiseCopyable {
  var threshold: Float
  /// Clusters in a step.
  var rate: Float
  /// Mean of the clusters' largest excesses.
  var mean: Float
  /// The largest excess of the present cluster.
  var largest: Float
  /// The same beyond a second threshold, above the first.
  var farThreshold: Float
  var farRate: Float
  var farMean: Float
  /// Numbers of clusters, as far as they count.
  var clusterCount: UInt8
  var farCount: UInt8
  /// Steps since the last exceedance.
  var gap: UInt16

  static let initial = IncidentTail(
    threshold: 0, rate: 0.01, mean: 1, largest: 0, farThreshold: 3, farRate: 0.0005, farMean: 1,
    clusterCount: 0, farCount: 0, gap: gapMaximum)

  /// Its bytes are those of a finite float, as all that are in a column of floats.
  private static let gapMaximum: UInt16 = 32_000
  private static let priorCount = 10.0
  private static let farPriorCount = 6.0
  private static let farShare = 0.1
  private static let memory = 5_000.0
  private static let farMemory = 20_000.0

  /// What is assumed of the sizes of clusters, and what counts as one.
  struct Prior {
    /// Mean excess.
    var mean: Double
    /// No mean is taken for smaller than this share of the threshold.
    var leastShare: Double
    /// Steps below the threshold that end a cluster.
    var gap: UInt16
  }

  private func expectedMean(_ prior: Prior) -> Double {
    (Double(mean) * Double(clusterCount) + prior.mean * Self.priorCount)
      / (Double(clusterCount) + Self.priorCount)
  }

  /// ln of the survival of an exponential of whose mean as much is known as `count` says.
  private static func survival(_ excess: Double, mean: Double, count: Double) -> Double {
    -count * log1p(excess / (mean * count))
  }

  /// ln of the number of clusters in a step whose largest value is at least `value`.
  func logRate(of value: Double, _ prior: Prior) -> Double {
    let least = prior.leastShare * Double(threshold)
    let mean = max(least, expectedMean(prior))
    let excess = value - Double(threshold)
    let base = log(max(Double(rate), 1e-9))
    if excess <= 0 { return base - excess / mean }
    let known = Double(clusterCount) + Self.priorCount
    let far = Double(farThreshold)
    if excess <= far { return base + Self.survival(excess, mean: mean, count: known) }
    let count = Double(farCount)
    let trust = count / (count + Self.farPriorCount)
    let farMean = max(
      least,
      (Double(self.farMean) * count + mean * Self.farPriorCount) / (count + Self.farPriorCount))
    let extrapolated = base + Self.survival(far, mean: mean, count: known)
    let farBase = trust * log(max(Double(farRate), 1e-9)) + (1 - trust) * extrapolated
    return min(base, farBase)
      + Self.survival(excess - far, mean: farMean, count: count + Self.farPriorCount)
  }

  /// - Parameters:
  ///   - former: the threshold before it followed the value.
  ///   - count: values of the statistic so far.
  mutating func learn(_ value: Double, above former: Float, count: Double, _ prior: Prior) {
    var isClosing = false
    if value > Double(former) {
      if gap >= prior.gap { largest = 0 }
      largest = max(largest, Float(value - Double(former)))
      gap = 0
    } else {
      if gap < Self.gapMaximum { gap += 1 }
      isClosing = gap == prior.gap && largest > 0
    }
    let gain = max(1 / (count + 100), 1 / Self.memory)
    rate += Float(((isClosing ? 1 : 0) - Double(rate)) * gain)
    let farGain = max(1 / (count + 1_000), 1 / Self.farMemory)
    farRate *= Float(1 - farGain)
    if isClosing { closeCluster(farGain: farGain, prior) }
  }

  private mutating func closeCluster(farGain: Double, _ prior: Prior) {
    let mean = expectedMean(prior)
    clusterCount = min(clusterCount, 199) + 1
    self.mean += Float((min(Double(largest), 5 * mean) - Double(self.mean)) / Double(clusterCount))
    let isFar = largest > farThreshold
    if isFar {
      let farMean =
        (Double(self.farMean) * Double(farCount) + mean * Self.farPriorCount)
        / (Double(farCount) + Self.farPriorCount)
      farCount = min(farCount, 49) + 1
      let bounded = min(Double(largest - farThreshold), 5 * farMean)
      self.farMean += Float((bounded - Double(self.farMean)) / Double(farCount))
      farRate += Float(farGain)
    }
    let step = max(0.05, 2 / (Double(clusterCount) + 4)) * 2 * mean
    farThreshold = Float(
      max(0.5 * mean, Double(farThreshold) + step * ((isFar ? 1 : 0) - Self.farShare)))
    largest = 0
  }
}
