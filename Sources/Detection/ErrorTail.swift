import Glibc

/// The distribution of the sizes of forecast errors in a series, from which the probability of an
/// error follows.
///
/// It has two parts. A ring of the last 64 errors gives their present mean size and the body of
/// their distribution. Long-running moments describe errors beyond `tailStart`, in units of that
/// mean size, so that probabilities far below 1/64 are known.
///
/// - Source: peaks over a threshold with a generalised Pareto tail as in Siffer et al. 2017
///   ("Anomaly detection in streams with extreme value theory"); shape and scale of the tail from
///   L-moments (Hosking & Wallis 1987). Differences from them: the threshold is fixed in units of
///   the recent mean size, and the moments fade, so that the memory is constant.
enum ErrorTail {
  static let ringLength = 64
  /// Number of errors that must be known before an error is judged.
  static let fewestErrors = 16
  /// An error above this share of the forecast's spread is a variation.
  static let variedMinimum: Float = 0.01
  /// Start of the tail, in units of the recent mean size of errors.
  static let tailStart = 2.5

  /// The long-running moments, in the order in which a row keeps them.
  struct Moments {
    /// Share of errors beyond `tailStart`.
    var exceedance: Float
    /// Mean excess over `tailStart`, in units of the recent mean size: the first L-moment.
    var meanExcess: Float
    /// Half the mean difference of two successive excesses: the second L-moment.
    var halfDifference: Float
    var lastExcess: Float
    /// Long-run mean size of an error, in the scale of the errors themselves.
    var size: Float
    /// Number of excesses seen, up to `excessMemory`.
    var excesses: Float
    /// Number of errors seen, up to `errorMemory`.
    var errors: Float
  }

  static let errorMemory: Float = 8192
  static let excessMemory: Float = 1024
  /// Weight of the initial moments, as a number of excesses. They are those of an exponential tail.
  static let priorExcesses: Float = 8
  static let initial = Moments(
    exceedance: 0.07, meanExcess: 0.6, halfDifference: 0.3, lastExcess: .nan, size: 0, excesses: 0,
    errors: 0)

  /// The recent mean size of errors, which is the unit of the tail.
  ///
  /// - Parameter floor: the size below which an error counts as rounding.
  static func unit(_ ring: UnsafeBufferPointer<Float>, moments: Moments, floor: Double) -> Double {
    var sum: Float = 0
    for error in ring { sum += error }
    let recent = ring.isEmpty ? 0 : Double(sum) / Double(ring.count)
    return max(recent, 0.25 * Double(moments.size), floor)
  }

  /// Whether most of the recent errors show that the series varies, however little beside its value:
  /// they are a good part of the forecast's spread. The errors of a constant series, which differs in
  /// its last digits now and then, are mostly zero.
  static func isVaried(_ ring: UnsafeBufferPointer<Float>) -> Bool {
    var varied: Int32 = 0
    for error in ring { varied &+= error > variedMinimum ? 1 : 0 }
    return ring.count >= fewestErrors && 2 * Int(varied) > ring.count
  }

  /// Probability of an error of at least `size`.
  static func probability(
    of size: Double, unit: Double, ring: UnsafeBufferPointer<Float>, moments: Moments
  ) -> Double {
    let relative = size / unit
    let exceedance = max(Double(moments.exceedance), 1e-5)
    guard relative > tailStart else {
      var atLeast = 0
      let limit = Float(size)
      for error in ring where error >= limit { atLeast += 1 }
      return max(exceedance, Double(1 + atLeast) / Double(1 + ring.count))
    }
    let (shape, scale) = paretoParameters(moments)
    return exceedance * survival(relative - tailStart, shape: shape, scale: scale)
  }

  /// Updates the moments by an error. The update is bounded: an error far beyond the known tail
  /// counts as one that is exceeded once in 10,000 excesses, so that a spike moves the moments no
  /// more than a rare ordinary error.
  static func learn(_ size: Double, unit: Double, moments: inout Moments) {
    var relative = size / unit
    let usual = 10 * Double(moments.meanExcess)
    if relative > tailStart + usual {
      let (shape, scale) = paretoParameters(moments)
      let limit = max(quantile(beyond: 1e-4, shape: shape, scale: scale), usual)
      relative = min(relative, tailStart + limit)
    }
    moments.errors = min(moments.errors + 1, errorMemory)
    moments.size += (Float(relative * unit) - moments.size) * max(1 / moments.errors, 1 / 2048)
    moments.exceedance +=
      ((relative > tailStart ? 1 : 0) - moments.exceedance) / (moments.errors + 32)
    guard relative > tailStart else { return }
    let excess = Float(relative - tailStart)
    moments.excesses = min(moments.excesses + 1, excessMemory)
    let gain = 1 / (moments.excesses + priorExcesses)
    moments.meanExcess += (excess - moments.meanExcess) * gain
    if !moments.lastExcess.isNaN {
      moments.halfDifference +=
        (abs(excess - moments.lastExcess) / 2 - moments.halfDifference) * gain
    }
    moments.lastExcess = excess
  }

  /// Updates the moments by one of the first errors, before there is a unit.
  static func learnFirst(_ size: Double, moments: inout Moments) {
    moments.errors += 1
    moments.size += (Float(size) - moments.size) / moments.errors
  }

  /// Shape and scale of the generalised Pareto distribution with these L-moments.
  ///
  /// The shape has a lower bound, a slightly bounded tail: errors of counts, which take few
  /// distinct values, look bounded although they are not. The shape is also raised by 0.4 of a
  /// rough standard error; without that, a short history gives many more alarms than it should
  /// (measured).
  private static func paretoParameters(_ moments: Moments) -> (shape: Double, scale: Double) {
    let mean = max(Double(moments.meanExcess), 1e-3)
    let ratio = mean / max(Double(moments.halfDifference), 1e-3)
    let shape = min(max(2 - ratio, -0.1), 0.6)
    let margin = 0.4 / Double(moments.excesses + priorExcesses).squareRoot()
    return (shape + margin, mean * (1 - shape))
  }

  private static func survival(_ excess: Double, shape: Double, scale: Double) -> Double {
    if abs(shape) < 1e-6 { return exp(-excess / scale) }
    let base = 1 + shape * excess / scale
    return base <= 0 ? 0 : pow(base, -1 / shape)
  }

  /// The excess that is exceeded with `probability`, given that the error is in the tail.
  private static func quantile(beyond probability: Double, shape: Double, scale: Double) -> Double {
    if abs(shape) < 1e-6 { return -log(probability) * scale }
    return scale / shape * (pow(probability, -shape) - 1)
  }
}
