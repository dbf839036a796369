/// Quantiles of many Student-t distributions at the same levels, each by one cubic polynomial.
///
/// The quantile of the standard distribution is a smooth function of 1/ν, from the normal's at 0,
/// so a table of it and its slope is within 1e-6 of `StudentT.quantile` (relative to the scale, for
/// levels from 0.001 to 0.999).
package struct StudentTQuantiles: Sendable {
  package let levels: [Double]
  /// [levels, intervals + 1, 2]: value and slope at each knot.
  private let knots: [Double]

  /// 1/ν up to here: heads keep ν at 2 or above.
  private static let end = 0.5
  private static let intervals = 64

  /// - Precondition: levels in (0, 1)
  package init(levels: [Double]) {
    self.levels = levels
    let width = Self.end / Double(Self.intervals)
    var knots: [Double] = []
    for level in levels {
      func value(_ inverse: Double) -> Double {
        inverse <= 0
          ? Normal().quantile(level)
          : StudentT(degreesOfFreedom: 1 / inverse).quantile(level)
      }
      for knot in 0...Self.intervals {
        let at = Double(knot) * width
        // One-sided at 0, where there is nothing below.
        let step = 0.01 * width
        let slope =
          knot == 0
          ? (-3 * value(0) + 4 * value(step) - value(2 * step)) / (2 * step)
          : (value(at + step) - value(at - step)) / (2 * step)
        knots += [value(at), slope * width]
      }
    }
    self.knots = knots
  }

  /// The value below which a share levels[level] of the distribution lies.
  ///
  /// NaN where a parameter is NaN.
  ///
  /// - Precondition: degreesOfFreedom ≥ 2
  package func quantile(
    _ level: Int, degreesOfFreedom: Double, location: Double, scale: Double
  ) -> Double {
    if degreesOfFreedom.isNaN { return .nan }
    precondition(degreesOfFreedom >= 2)
    let place = Double(Self.intervals) / (degreesOfFreedom * Self.end)
    let knot = min(Int(place), Self.intervals - 1)
    let t = place - Double(knot)
    let at = 2 * (level * (Self.intervals + 1) + knot)
    let (from, slopeFrom, to, slopeTo) = (knots[at], knots[at + 1], knots[at + 2], knots[at + 3])
    // Hermite's cubic through both ends with their slopes.
    let rise = to - from
    let z =
      from + t
      * (slopeFrom + t * (3 * rise - 2 * slopeFrom - slopeTo)
        + t * t * (slopeFrom + slopeTo - 2 * rise))
    return location + scale * z
  }
}
