import Glibc

/// The normal distribution, for heads that give a mean and a variance.
package struct Normal: Sendable, Equatable {
  package let mean: Double
  package let standardDeviation: Double

  /// - Precondition: the deviation is above zero.
  package init(mean: Double = 0, standardDeviation: Double = 1) {
    precondition(standardDeviation > 0)
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// P(X ≤ x)
  package func cumulative(_ x: Double) -> Double {
    0.5 * erfc(-(x - mean) / standardDeviation * 0.5.squareRoot())
  }

  /// The x below which a share p of the distribution lies, to about 1e-15 relative.
  ///
  /// - Precondition: p in (0, 1)
  /// - Source: Acklam's rational approximation (2003; relative error 1.2e-9), then one step of
  ///   Halley's method.
  package func quantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1)
    if p == 0.5 { return mean }
    // Both tails from the lower one, where the distribution function keeps its digits.
    let lower = Self.lowerQuantile(min(p, 1 - p))
    return mean + standardDeviation * (p < 0.5 ? lower : -lower)
  }

  private static func lowerQuantile(_ p: Double) -> Double {
    var z: Double
    if p < 0.02425 {
      let q = (-2 * log(p)).squareRoot()
      z =
        polynomial(
          q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838,
          -2.549732539343734, 4.374664141464968, 2.938163982698783)
        / polynomial(
          q, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996,
          3.754408661907416, 1)
    } else {
      let q = p - 0.5
      let r = q * q
      z =
        q
        * polynomial(
          r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
          1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239)
        / polynomial(
          r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
          6.680131188771972e+01, -1.328068155288572e+01, 1)
    }
    let error = 0.5 * erfc(-z * 0.5.squareRoot()) - p
    let u = error * (2 * Double.pi).squareRoot() * exp(0.5 * z * z)
    z -= u / (1 + 0.5 * z * u)
    return z
  }

  private static func polynomial(_ x: Double, _ coefficients: Double...) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
}
