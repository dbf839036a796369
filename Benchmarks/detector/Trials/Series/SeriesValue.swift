import Glibc

// The value of a step, and the value that it would have without noise.

extension SeriesKind {
  package func value(_ step: SeriesStep) -> Double {
    switch self {
    case .counts: Self.poissonQuantile(step.noise, mean: step.level + step.season)
    case .zeroInflated:
      step.level == 0 ? 0 : 1 + Self.poissonQuantile(step.noise, mean: step.level)
    default: possible(transformed(step.level + step.season + step.noise))
    }
  }

  /// What the noise is around.
  package func centre(_ step: SeriesStep) -> Double {
    switch self {
    case .counts: step.level + step.season
    case .zeroInflated: 0
    default: bounded(transformed(step.level + step.season))
    }
  }

  /// The nearest value that the kind can have.
  package func possible(_ value: Double) -> Double {
    bounded(quantum.map { (value / $0).rounded() * $0 } ?? value)
  }

  private func bounded(_ value: Double) -> Double {
    bounds.map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value
  }

  private func transformed(_ sum: Double) -> Double {
    switch self {
    case .multiplicative: exp(sum)
    case .percent: 100 / (1 + exp(-sum))
    default: sum
    }
  }

  /// The smallest count whose distribution function is at least `share`.
  private static func poissonQuantile(_ share: Double, mean: Double) -> Double {
    var probability = exp(-mean)
    var sum = probability
    var count = 0.0
    while sum < share, probability > 0, count < 1_000 {
      count += 1
      probability *= mean / count
      sum += probability
    }
    return count
  }
}
