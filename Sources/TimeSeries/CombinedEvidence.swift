import Glibc

/// The probability of several steps together.
enum CombinedEvidence {
  /// Probability that `count` independent probabilities have a product as small as theirs and all
  /// deviations are on one side.
  ///
  /// - Parameter negativeLogSum: minus the sum of the natural logarithms of the probabilities.
  /// - Source: Fisher 1932 ("Statistical methods for research workers", §21.1): twice the sum is
  ///   chi-squared with 2·count degrees of freedom, whose tail has the closed form used here. The
  ///   one side is a factor of 2^(1−count), since signs are independent of sizes.
  static func probability(negativeLogSum: Double, count: Int) -> Double {
    var term = exp(-negativeLogSum)
    var tail = term
    for degree in 1..<max(count, 1) {
      term *= negativeLogSum / Double(degree)
      tail += term
    }
    return min(1, tail * pow(2, Double(1 - count)))
  }
}
