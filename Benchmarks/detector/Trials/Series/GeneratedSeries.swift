import Glibc
import TestSupport

/// One series: clean, and with a fault in it if there is one.
package struct GeneratedSeries: Sendable {
  /// NaN where the point is missing.
  package private(set) var values: [Double]
  /// The fault as it was done.
  package private(set) var injection: Injection?
  /// The spread of the values around those without noise: 1.4826 times the median distance from the
  /// median; where most values are the same, the standard deviation. The noise of a random walk is
  /// the change from the value before.
  package let spread: Double
  /// Clean steps whose noise alone is as large as a spike.
  package let ownSpikes: Int

  /// - Parameters:
  ///   - number: of the series within its kind.
  ///   - stepCount: in all.
  ///   - cleanCount: the first steps, which have no fault, and from which the spread is measured.
  ///   - injection: its direction is turned where the value would leave the bounds of the kind.
  package init(
    kind: SeriesKind, number: Int, seed: UInt64, stepCount: Int, cleanCount: Int,
    injection: Injection? = nil
  ) {
    // A seed is mixed before it is used, because near seeds are for near numbers of series.
    var place = SplitMix(seed: seed)
    var mixed = SplitMix(
      seed: place.next() ^ UInt64(number) ^ kind.rawValue.utf8.reduce(0) { $0 &* 257 &+ UInt64($1) }
    )
    var random = RandomSource(seed: mixed.next())
    let exponent = random.uniform() * 4 - 2
    let scale = kind.hasFixedScale ? 1 : pow(10, exponent)
    var generator = SeriesGenerator(kind: kind, random: random)
    let steps = (0..<stepCount).map { _ in generator.next() }
    var values = steps.map(kind.value)
    let residuals = steps.prefix(cleanCount).map { kind.value($0) - kind.centre($0) }
    let spread = Self.spread(of: residuals)
    ownSpikes = residuals.count { abs($0) >= Fault.spikeSize * spread }
    if var injection {
      injection.turn(kind, value: values[injection.step], spread: spread)
      injection.apply(to: &values, steps, kind, spread: spread)
      self.injection = injection
    }
    self.values = values.map { $0 * scale }
    self.spread = spread * scale
  }

  static func spread(of residuals: [Double]) -> Double {
    let middle = median(residuals)
    let spread = 1.4826 * median(residuals.map { abs($0 - middle) })
    if spread > 0 { return spread }
    let count = Double(max(1, residuals.count))
    let mean = residuals.reduce(0, +) / count
    return (residuals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
  }
}

extension Injection {
  /// Turns the direction where the value would leave the bounds, if it does not on the other side.
  fileprivate mutating func turn(_ kind: SeriesKind, value: Double, spread: Double) {
    guard let bounds = kind.bounds else { return }
    let size = (fault == .spike ? Fault.spikeSize : Fault.shiftSize) * spread
    let (isUpPossible, isDownPossible) = (
      bounds.contains(value + size), bounds.contains(value - size)
    )
    if isUpwards ? !isUpPossible && isDownPossible : !isDownPossible && isUpPossible {
      isUpwards.toggle()
    }
  }

  fileprivate func apply(
    to values: inout [Double], _ steps: [SeriesStep], _ kind: SeriesKind, spread: Double
  ) {
    let end = min(step + fault.stepCount(kind), values.count)
    let season = Self.meanSeason(steps, kind)
    let former = step > 0 ? values[step - 1] : values[step]
    // The steps of a walk add up, so more noise moves what follows.
    var walked = 0.0
    for place in step..<end {
      var parts = steps[place]
      if fault == .lostSeason { parts.season = season }
      let centre = kind.centre(parts)
      var value = kind.value(parts)
      let extra = (fault.noiseFactor - 1) * (value - centre)
      value += extra + walked
      if kind == .randomWalk { walked += extra }
      let deviation = fault.deviation(at: place - step) * spread
      value += isUpwards ? deviation : -deviation
      switch fault {
      case .flat: values[place] = former
      case .silence: values[place] = .nan
      default: values[place] = kind.possible(value)
      }
    }
    guard walked != 0 else { return }
    for place in end..<values.count { values[place] += walked }
  }

  /// Over the first week.
  private static func meanSeason(_ steps: [SeriesStep], _ kind: SeriesKind) -> Double {
    let week = steps.prefix(7 * kind.stepsPerDay)
    return week.reduce(0) { $0 + $1.season } / Double(max(1, week.count))
  }
}
