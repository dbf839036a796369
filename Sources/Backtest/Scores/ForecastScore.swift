import TimeSeries

/// Sums of what the forecasts of one forecaster turned out to be.
struct ForecastScore: Sendable {
  private let levels: ScoredLevels
  /// Of each step of the horizon: targets with a value, and the sums over them.
  private(set) var counts: [Int]
  private(set) var errors: [Double]
  private(set) var losses: [Double]
  private(set) var absoluteActual = 0.0
  /// Of each level, the targets at or below its forecast.
  private(set) var below: [Int]
  /// Of each central interval, the targets within it.
  private(set) var inside: [Int]

  init(levels: ScoredLevels, horizon: Int) {
    self.levels = levels
    counts = Array(repeating: 0, count: horizon)
    errors = Array(repeating: 0, count: horizon)
    losses = Array(repeating: 0, count: horizon)
    below = Array(repeating: 0, count: levels.levels.count)
    inside = Array(repeating: 0, count: levels.intervals.count)
  }

  /// - Parameters:
  ///   - step: from 0.
  ///   - quantile: the forecast at each of the levels.
  ///
  /// - Returns: the target's quantile loss.
  mutating func add(step: Int, actual: Double, quantile: (Int) -> Double) -> Double {
    counts[step] += 1
    errors[step] += abs(actual - quantile(levels.median))
    absoluteActual += abs(actual)
    var loss = 0.0
    for level in levels.scored {
      let difference = actual - quantile(level)
      let share = levels.levels[level]
      loss += 2 * max(share * difference, (share - 1) * difference)
    }
    loss /= Double(levels.scored.count)
    losses[step] += loss
    for level in levels.levels.indices where actual <= quantile(level) { below[level] += 1 }
    for (number, interval) in levels.intervals.enumerated()
    where quantile(interval.low) <= actual && actual <= quantile(interval.high) {
      inside[number] += 1
    }
    return loss
  }

  mutating func add(_ other: ForecastScore) {
    counts = zip(counts, other.counts).map { $0 + $1 }
    errors = zip(errors, other.errors).map { $0 + $1 }
    losses = zip(losses, other.losses).map { $0 + $1 }
    absoluteActual += other.absoluteActual
    below = zip(below, other.below).map { $0 + $1 }
    inside = zip(inside, other.inside).map { $0 + $1 }
  }

  var count: Int { counts.reduce(0, +) }

  /// Mean absolute error of the median; not a number of nothing, as all that follow.
  var meanError: Double { errors.reduce(0, +) / Double(count) }

  /// Mean quantile loss: twice the pinball loss, averaged over the scored levels.
  ///
  /// - Source: GIFT-Eval (Aksu et al. 2024), "mean weighted quantile loss".
  var meanLoss: Double { lossSum / Double(count) }
  var lossSum: Double { losses.reduce(0, +) }

  /// The quantile loss of all targets as a share of their absolute sum.
  var weightedLoss: Double { lossSum / absoluteActual }

  func meanError(step: Int) -> Double { errors[step] / Double(counts[step]) }
  func meanLoss(step: Int) -> Double { losses[step] / Double(counts[step]) }

  /// Share of the targets at or below each level's forecast: the calibration curve.
  var observedLevels: [Double] { below.map { Double($0) / Double(count) } }

  /// Share of the targets within the central interval that should hold `share` of them; `nil` where
  /// the levels make no such interval.
  func coverage(of share: Double) -> Double? {
    guard
      let number = levels.intervals.firstIndex(where: { abs(1 - $0.missShare - share) < 1e-9 })
    else { return nil }
    return Double(inside[number]) / Double(count)
  }
}

/// Which quantile levels a score is made of.
struct ScoredLevels: Sendable, Equatable {
  struct Interval: Sendable, Equatable {
    var low: Int
    var high: Int
    /// Share of the values that should be outside.
    var missShare: Double
  }

  let levels: [Double]
  /// Those that the loss is averaged over: the deciles, or all where they are not all there.
  let scored: [Int]
  let median: Int
  /// Outermost first.
  let intervals: [Interval]

  /// - Precondition: there is a level.
  init(_ levels: [Double]) {
    self.levels = levels
    let deciles = (1...9).compactMap { decile in
      levels.firstIndex { abs($0 - Double(decile) / 10) < 1e-9 }
    }
    scored = deciles.count == 9 ? deciles : Array(levels.indices)
    median = levels.indices.min { abs(levels[$0] - 0.5) < abs(levels[$1] - 0.5) } ?? 0
    intervals = levels.indices.compactMap { low in
      guard levels[low] < 0.5 - 1e-9,
        let high = levels.firstIndex(where: { abs($0 + levels[low] - 1) < 1e-9 })
      else { return nil }
      return Interval(low: low, high: high, missShare: 2 * levels[low])
    }
  }
}
