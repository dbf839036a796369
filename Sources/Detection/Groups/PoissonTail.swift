import Glibc

/// The upper tail of the Poisson distribution.
package enum PoissonTail {
  /// The probability that a Poisson number is at least `count`.
  package static func survival(_ count: Int, mean: Double) -> Double {
    guard count > 0 else { return 1 }
    // The sum of the upper tail loses no digits where the probability is small.
    var term = exp(Double(count) * log(mean) - mean - lgamma(Double(count) + 1))
    var sum = 0.0
    var number = Double(count)
    while term > sum * 1e-12 || number < mean {
      sum += term
      number += 1
      term *= mean / number
    }
    return min(sum, 1)
  }
}
