/// What one series has been near so far, and whether its next value is believed.
///
/// The range of the believed values is known. A value that is further outside of it than the range
/// allows (`reach`) is doubted: what learns from the series gets the nearest end of the range in its
/// place, which is a bounded step. The doubt ends when values agree: the second doubted value is
/// believed, or the third where they are out of all proportion, and the range then includes it. So a
/// corrupt reading moves nothing far, and a level that really changes is followed a step or two
/// later.
///
/// The range shrinks slowly towards the values, so that what is not seen any more is forgotten.
///
/// - Source: Gelper, Fried & Croux 2010 ("Robust forecasting with exponential and Holt–Winters
///   smoothing", eq. 8), who bound each value to a multiple of the present scale about its forecast.
///   Deviations: the bound is the range that the series has had, because the scale and the forecast
///   themselves are what is protected; and values that agree end it.
struct ValueDoubt: Equatable {
  /// Number of doubted values that must agree, counting the one that is then believed, and what each
  /// believed value takes from their agreement. It is little, so that rare values of a series that is
  /// nearly always one value are soon known.
  static let usualRule = (least: 1.5, fade: 1.0 / 1024)
  /// The same where doubted values are out of all proportion (`wildMagnitudes`): only a third one
  /// nearly in a row is believed.
  static let wildRule = (least: 2.5, fade: 0.5)
  /// From how far outside on, as a multiple of the value, a value is out of all proportion.
  static let wildMagnitudes = 1e6
  /// A doubted value agrees with the ones before it if it is at most this many times as far outside.
  static let agreementReach = 4.0
  /// Number of values from which on a range, and a range of one value, is taken for all of the series.
  static let grownCount = 64.0
  static let flatCount = 16.0
  /// How far outside of the range a value of a grown series is believed, in widths of the range.
  static let reachWidths = 10.0
  /// The same for a young series.
  static let youngWidths = 1000.0
  /// A change below this share of the value is rounding.
  static let rounding = 1e-6
  /// Share of the way to each value by which the range shrinks, so that it keeps what was seen in the
  /// last tens of thousands of values.
  static let forgetting = 1.0 / 16_384
  static let countMaximum = 1e9

  /// Range of the believed values.
  var low = 0.0
  var high = 0.0
  /// How far the doubted values that agree are outside, at most.
  var farthest = 0.0
  /// Number of doubted values that agree, fading.
  var agreement = 0.0
  /// Number of believed values.
  var count = 0.0

  enum Judgement: Equatable {
    case believed
    /// The value that is learned in its place.
    case doubted(Double)
    /// The value and the only one before it have nothing to do with each other. Nobody can say
    /// which is corrupt, so the series begins anew with this one.
    case beginsAnew
  }

  /// - Parameter value: finite.
  mutating func judge(_ value: Double) -> Judgement {
    guard count > 0 else {
      begin(with: value)
      return .believed
    }
    let nearest = min(max(value, low), high)
    let distance = abs(value - nearest)
    let smaller = max(min(abs(value), abs(nearest)), 1)
    if distance > 0, distance > reach(nearest, smaller: smaller) {
      if count == 1 {
        begin(with: value)
        return .beginsAnew
      }
      agreement = distance > Self.agreementReach * farthest ? 1 : agreement + 1
      farthest = max(farthest, distance)
      guard agreement >= rule(smaller).least else { return .doubted(nearest) }
      agreement = 0
      farthest = 0
    } else if agreement > 0 {
      agreement = max(0, agreement - rule(smaller).fade)
      if agreement == 0 { farthest = 0 }
    }
    believe(value)
    return .believed
  }

  private func rule(_ smaller: Double) -> (least: Double, fade: Double) {
    farthest > Self.wildMagnitudes * smaller ? Self.wildRule : Self.usualRule
  }

  private mutating func begin(with value: Double) {
    self = ValueDoubt()
    (low, high, count) = (value, value, 1)
  }

  private mutating func believe(_ value: Double) {
    low = value < low ? value : low + (value - low) * Self.forgetting
    high = value > high ? value : high - (high - value) * Self.forgetting
    count = min(count + 1, Self.countMaximum)
  }

  /// How far outside of the range a value may be.
  ///
  /// - Parameter smaller: magnitude of the smaller of the value and the range's nearest end.
  private func reach(_ nearest: Double, smaller: Double) -> Double {
    let width = high - low
    let magnitude = abs(nearest)
    let isFlat = width <= Self.rounding * magnitude
    if count < (isFlat ? Self.flatCount : Self.grownCount) {
      return max(Self.youngWidths * width, Self.wildMagnitudes * smaller)
    }
    return max(Self.reachWidths * width, Self.rounding * magnitude)
  }
}
