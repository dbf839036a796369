/// Evidence that is judged by itself, beside the joined: its incidents are slower, or of another kind.
struct SeparateEvidence: BitwiseCopyable {
  /// While there is no threshold, `largest` is the mean of the first values.
  var incidents: IncidentTail
  var count: UInt16

  static let initial = SeparateEvidence(incidents: .initial, count: 0)

  /// What is known of the sizes before incidents are: a share of the threshold.
  static let priorShare = 0.25
  private static let leastShare = 0.12
  /// Values that must be known before one is judged.
  private static let countMinimum: UInt16 = 300

  /// How a statistic is followed.
  struct Form {
    var quantile: TrackedQuantile
    var gap: UInt16

    /// Of single steps.
    static let quick = Form(
      quantile: TrackedQuantile(
        share: 0.01, gain: 0.01, firstGain: 2, firstCount: 32, firstMultiple: 2), gap: 8)
    /// Of means over many steps.
    static let slow = Form(
      quantile: TrackedQuantile(
        share: 0.03, gain: 0.005, firstGain: 2, firstCount: 128, firstMultiple: 2), gap: 32)
  }

  private func prior(_ form: Form, _ share: Double) -> IncidentTail.Prior {
    IncidentTail.Prior(
      mean: share * Double(incidents.threshold), leastShare: Self.leastShare,
      gap: form.gap)
  }

  /// ln of the number of incidents in a step at least this strong; nil while too little is known.
  ///
  /// - Parameter share: what is assumed of the mean excess of incidents, as a share of the threshold.
  func logRate(of value: Double, _ form: Form, share: Double) -> Double? {
    guard count > Self.countMinimum else { return nil }
    return incidents.logRate(of: value, prior(form, share))
  }

  mutating func learn(_ value: Double, _ form: Form, pace: Double, share: Double) {
    var former = incidents.threshold
    let hadThreshold = count >= form.quantile.firstCount
    var largest = hadThreshold ? Float(0) : incidents.largest
    var quantile = form.quantile
    quantile.gain *= pace
    guard
      quantile.learn(
        value, weight: 1, threshold: &incidents.threshold, mean: &largest,
        count: &count)
    else {
      incidents.largest = largest
      return
    }
    if count == form.quantile.firstCount + 1 {
      let size = Float(Self.priorShare) * incidents.threshold
      incidents.mean = size
      incidents.farMean = size
      incidents.farThreshold = 3 * size
      former = incidents.threshold
    }
    incidents.learn(value, above: former, count: Double(count), prior(form, share))
  }
}
