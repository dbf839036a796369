import Glibc

/// Student's t distribution with location and scale, as PyTorch's `distributions.StudentT`.
package struct StudentT: Sendable, Equatable {
  package let degreesOfFreedom: Double
  package let location: Double
  package let scale: Double

  /// - Precondition: degrees of freedom and scale are above zero (NaN passes, and stays NaN).
  package init(degreesOfFreedom: Double, location: Double = 0, scale: Double = 1) {
    precondition(!(degreesOfFreedom <= 0) && !(scale <= 0))
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
  }

  package func logDensity(_ x: Double) -> Double {
    let (nu, z) = (degreesOfFreedom, (x - location) / scale)
    return logGammaHalfStep(0.5 * nu) - 0.5 * log(nu * Double.pi) - log(scale)
      - 0.5 * (nu + 1) * log1p(z * z / nu)
  }

  /// The slopes of the log density at x in each parameter; `StudentTLoss` has the equations.
  package func logDensityGradient(
    _ x: Double
  ) -> (degreesOfFreedom: Double, location: Double, scale: Double) {
    let (nu, z) = (degreesOfFreedom, (x - location) / scale)
    let square = z * z
    let tail = log1p(square / nu) - (nu + 1) * square / (nu * (nu + square))
    let dNu = -0.5 * (1 / nu + digamma(0.5 * nu) - digamma(0.5 * (nu + 1)) + tail)
    return (
      dNu, (nu + 1) * z / (scale * (nu + square)), -nu * (1 - square) / (scale * (nu + square))
    )
  }

  /// P(X ≤ x), to about 1e-11 relative in the lower tail.
  package func cumulative(_ x: Double) -> Double {
    let z = (x - location) / scale
    return z > 0 ? 1 - Self.tail(z, degreesOfFreedom) : Self.tail(-z, degreesOfFreedom)
  }

  /// The x below which a share p of the distribution lies: what a forecast's quantile is.
  ///
  /// To about 1e-10 relative, by iteration; `StudentTQuantiles` is for many distributions at the
  /// same levels.
  ///
  /// - Precondition: p in (0, 1)
  package func quantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1)
    // NaN has no bracket to search in; with infinite ν the distribution is the normal.
    if degreesOfFreedom.isNaN { return .nan }
    if p == 0.5 { return location }
    let z = Self.upperQuantile(min(p, 1 - p), degreesOfFreedom)
    return location + scale * (p < 0.5 ? -z : z)
  }

  /// P(T > z) for z ≥ 0.
  ///
  /// - Source: Abramowitz and Stegun (1964), 26.7.1; 26.7.8 where the distribution is the normal's
  ///   to O(1/ν²).
  private static func tail(_ z: Double, _ nu: Double) -> Double {
    let square = z * z
    if nu > 1e7 {
      return Normal().cumulative(-z * (1 - 0.25 / nu) / (1 + 0.5 * square / nu).squareRoot())
    }
    // In this form neither is lost where the square overflows.
    return 0.5
      * regularizedBeta(
        1 / (1 + square / nu), complement: 1 / (1 + nu / square), 0.5 * nu, 0.5)
  }

  /// The z ≥ 0 with P(T > z) = p, p < ½: Newton's steps on log P against log z, which is nearly a
  /// line in both the tail and the middle, kept inside a bracket.
  private static func upperQuantile(_ p: Double, _ nu: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while tail(high, nu) > p {
      low = high
      high *= 4
      if high > 1e300 { return high }
    }
    let standard = StudentT(degreesOfFreedom: nu)
    var z = 0.5 * (low + high)
    for _ in 0..<200 {
      let excess = tail(z, nu)
      if excess > p { low = z } else { high = z }
      let slope = -z * exp(standard.logDensity(z)) / excess
      var next = z * exp(-log(excess / p) / slope)
      if !(next > low && next < high) { next = 0.5 * (low + high) }
      let moved = abs(next - z)
      z = next
      if moved <= 2e-15 * z { break }
    }
    return z
  }
}
