import TimeSeries

/// The errors, quantile losses and coverage of the forecasts that one forecaster made for one
/// series.
package struct ForecastScore: Sendable {
  /// The sums over the targets at one step of the horizon.
  private struct Step {
    var errors = AbsoluteErrors()
    var loss = 0.0
  }

  private let levels: ScoredLevels
  private var steps: [Step]
  /// Sum of the absolute values of the targets.
  package private(set) var absoluteSum = 0.0
  /// For each level, the number of targets at or below the forecast quantile.
  private var below: [Int]
  /// Coverage of each central interval.
  private var coverages: [IntervalCoverage]

  package init(levels: ScoredLevels, horizon: Int) {
    self.levels = levels
    steps = Array(repeating: Step(), count: horizon)
    below = Array(repeating: 0, count: levels.levels.count)
    coverages = Array(repeating: IntervalCoverage(), count: levels.intervals.count)
  }

  /// - Parameters:
  ///   - step: step of the horizon, from 0.
  ///   - quantile: the forecast quantile at an index of the levels.
  ///
  /// - Returns: the quantile loss of the target.
  package mutating func add(step: Int, actual: Double, quantile: (Int) -> Double) -> Double {
    steps[step].errors.add(actual: actual, forecast: quantile(levels.median))
    absoluteSum += abs(actual)
    var loss = 0.0
    for level in levels.scored {
      let difference = actual - quantile(level)
      let share = levels.levels[level]
      loss += 2 * max(share * difference, (share - 1) * difference)
    }
    loss /= Double(levels.scored.count)
    steps[step].loss += loss
    for level in levels.levels.indices where actual <= quantile(level) { below[level] += 1 }
    for (number, interval) in levels.intervals.enumerated() {
      coverages[number].add(
        actual: actual, low: quantile(interval.low), high: quantile(interval.high))
    }
    return loss
  }

  /// Adds the sums of another score.
  ///
  /// - Precondition: both have the same horizon and levels.
  package mutating func add(_ other: ForecastScore) {
    for step in steps.indices {
      steps[step].errors.add(other.steps[step].errors)
      steps[step].loss += other.steps[step].loss
    }
    absoluteSum += other.absoluteSum
    for level in below.indices { below[level] += other.below[level] }
    for number in coverages.indices { coverages[number].add(other.coverages[number]) }
  }

  package var horizon: Int { steps.count }
  /// Number of targets that were compared.
  package var count: Int { steps.reduce(0) { $0 + $1.errors.count } }

  /// Mean absolute error of the median. Like all means and shares below, it is NaN if there is no
  /// target.
  package var meanError: Double { steps.reduce(0) { $0 + $1.errors.sum } / Double(count) }

  /// Mean quantile loss: twice the pinball loss, averaged over the scored levels.
  ///
  /// - Source: GIFT-Eval (Aksu et al. 2024), "mean weighted quantile loss".
  package var meanLoss: Double { lossSum / Double(count) }
  package var lossSum: Double { steps.reduce(0) { $0 + $1.loss } }

  /// Mean absolute error of the median at one step of the horizon.
  ///
  /// - Parameter step: from 0.
  package func meanError(step: Int) -> Double { steps[step].errors.mean }

  /// For each level, the share of the targets at or below the forecast quantile: the calibration
  /// curve.
  package var observedLevels: [Double] { below.map { Double($0) / Double(count) } }

  /// Share of the targets within the central interval that should hold `share` of them; `nil` if
  /// the levels make no such interval.
  package func coverage(of share: Double) -> Double? {
    levels.intervalIndex(holding: share).map { coverages[$0].share }
  }
}
