import Glibc

/// log Γ(x) for x > 0; the C library's `lgamma` writes a global sign, so its re-entrant form.
package func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// ψ(x) = d log Γ(x) / dx for x > 0, to about 1e-14.
///
/// ψ(x) = ψ(x+1) − 1/x up to 10, from there the asymptotic series.
///
/// - Source: Abramowitz and Stegun (1964), 6.3.5 and 6.3.18; Bernardo (1976), AS 103.
package func digamma(_ x: Double) -> Double {
  precondition(!(x <= 0))
  var x = x
  var result = 0.0
  while x < 10 {
    result -= 1 / x
    x += 1
  }
  let s = 1 / (x * x)
  let series =
    s * (1 / 12.0 - s * (1 / 120.0 - s * (1 / 252.0 - s * (1 / 240.0 - s * (1 / 132.0)))))
  return result + log(x) - 0.5 / x - series
}

/// log Γ(x + ½) − log Γ(x) for x > 0, which loses its digits as a difference where x is large.
///
/// - Source: Abramowitz and Stegun (1964), 6.1.47.
func logGammaHalfStep(_ x: Double) -> Double {
  if x < 50 { return logGamma(x + 0.5) - logGamma(x) }
  let s = 1 / (x * x)
  return 0.5 * log(x) - (1 / 8.0 - s * (1 / 192.0 - s * (1 / 640.0 - s * (17 / 14336.0)))) / x
}

/// Iₓ(a, b), the regularised incomplete beta function, for a, b > 0 and x in [0, 1].
///
/// `complement` is 1 − x, handed in so that it keeps its digits where x is near 1.
///
/// - Source: DiDonato and Morris (1992), the continued fraction of Abramowitz and Stegun 26.5.8, by
///   Lentz's method (Press et al., "Numerical Recipes", 6.4).
func regularizedBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if complement <= 0 { return 1 }
  // The fraction converges fast below the mean of the distribution, so the other side is mirrored.
  if x > (a + 1) / (a + b + 2) {
    return 1 - regularizedBeta(complement, complement: x, b, a)
  }
  // −log B(a, b)
  let normalization =
    b == 0.5
    ? logGammaHalfStep(a) - logGamma(b)
    : a == 0.5 ? logGammaHalfStep(b) - logGamma(a) : logGamma(a + b) - logGamma(a) - logGamma(b)
  let logX = x > 0.5 ? log1p(-complement) : log(x)
  let logComplement = x > 0.5 ? log(complement) : log1p(-x)
  let front = exp(normalization + a * logX + b * logComplement)
  let tiny = 1e-300
  var c = 1.0
  var d = 1 - (a + b) * x / (a + 1)
  d = 1 / (abs(d) < tiny ? tiny : d)
  var fraction = d
  for m in 1...10_000 {
    let m = Double(m)
    for term in [
      m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
      -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
    ] {
      d = 1 + term * d
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = 1 + term / c
      if abs(c) < tiny { c = tiny }
      fraction *= c * d
    }
    if abs(c * d - 1) < 1e-15 { break }
  }
  return front * fraction / a
}
