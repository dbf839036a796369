import Glibc

/// What the detector knows of one series, apart from the incident in progress: means, thresholds and
/// tails of each kind of evidence.
///
/// A row of a column of floats holds its bytes. Numbers of steps are exact up to 2²⁴, where they stop, or up to
/// what counts.
struct SeriesEvidence: BitwiseCopyable {
  // Mean absolute deviations: from the running median, from the value before, from the value one season
  // before, of scaled errors, of errors.
  var levelDeviation: Float
  var changeDeviation: Float
  var seasonDeviation: Float
  var scaledErrorSize: Float
  var errorSize: Float
  // Smoothed, with their signs.
  var bias: Float
  var season: Float
  var shift: Float
  /// Share of steps without an error to speak of.
  var errorlessShare: Float
  // Sizes of scaled errors: of the last 30, and of long.
  var recentSize: Float
  var usualSize: Float
  /// Values so far.
  var count: Float

  var errorTail: ExceedanceTail
  var biasTail: ExceedanceTail
  var levelTail: ExceedanceTail
  var changeTail: ExceedanceTail
  /// Smoothed with its sign, as `bias`: the error of forecasts that were made long before.
  var ahead: Float
  var joint: IncidentTail
  var interval: SeparateEvidence
  var variance: SeparateEvidence
  var seasonal: SeparateEvidence
  var shifted: SeparateEvidence
  var foreseen: SeparateEvidence
  var flat: EqualRuns
  var points: PointCounts
  var resets: ResetCounts

  static let initial = SeriesEvidence(
    levelDeviation: 0, changeDeviation: 0, seasonDeviation: 0, scaledErrorSize: 0, errorSize: 0,
    bias: 0, season: 0, shift: 0, errorlessShare: 0, recentSize: 0, usualSize: 0, count: 0,
    errorTail: .initial, biasTail: .initial, levelTail: .initial, changeTail: .initial,
    ahead: 0,
    joint: .initial, interval: .initial, variance: .initial, seasonal: .initial,
    shifted: .initial, foreseen: .initial, flat: .initial, points: .initial, resets: .initial)

  static let floatCount = MemoryLayout<SeriesEvidence>.size / MemoryLayout<Float>.size
  private static let countMaximum: Float = 16_777_216

  /// Values that must be known before the joint evidence is judged.
  static let countMinimum: Float = 32
  /// Bounds of the mean deviations while few values are known.
  private static let freeCount = 20.0
  private static let deviationBound = 40.0
  private static let varianceSteps = 30.0
  private static let ageMaximum = 32
  private static let shiftSteps = 32.0

  /// The statistics of a step, each at least 0; nil where there is none.
  struct Statistics {
    var error: Double?
    var bias: Double?
    var level = 0.0
    var change: Double?
    var range: Double?
    var ahead: Double?
    var interval: Double?
    /// Whether enough is known to judge by the interval.
    var isIntervalKnown = false
    var variance: Double?
    var season: Double?
    var shift: Double?
    var isRepeated = false
    /// ln of the probability of the number of points.
    var points: Double?
    /// The error with its sign, in the usual size of errors.
    var deviation = 0.0
  }

  /// Takes a value.
  ///
  /// - Parameters:
  ///   - forecast: made for this step, before.
  ///   - lag: the value one season before; NaN if unknown.
  ///   - origin: what was expected before the last few steps, if they were an excursion: a way back to it
  ///     is neither an error nor a change.
  ///   - age: steps since the value before. Errors and changes grow with its square root.
  /// - Returns: its statistics, by what was known before it.
  mutating func take(
    _ value: Double, forecast: Forecast?, lag: Double, origin: Double?, age: Int,
    _ values: inout SeriesValues,
    _ pace: DetectionPace
  ) -> Statistics {
    let value = Self.single(value)
    if count == 0 { values.begin(at: value) }
    var statistics = Statistics()
    let number = Double(count) + 1
    let least = least(max(abs(value), abs(values.median)))
    statistics.isIntervalKnown = interval.count > pace.intervalMinimum
    let gain = max(1 / number, pace.gain)
    let levelSize = max(Double(levelDeviation), least)
    let extent = (values.largest - values.smallest) / 1_000
    let distance = value - values.median
    let growth = age > 1 ? Double(min(age, Self.ageMaximum)).squareRoot() : 1
    if let forecast {
      takeError(
        nearest(
          value - Self.single(forecast.median), origin.map { value - Self.single($0) }, least: least
        ) / growth,
        width: min(forecast.width, Self.sizeMaximum), number: number, least: least,
        levelSize: levelSize, extent: extent,
        gain: gain, &statistics, pace)
    }
    let deviation = nearest(distance, nil, least: least) / levelSize
    statistics.level = abs(deviation)
    shift += Float((min(max(deviation, -3), 3) - Double(shift)) / Self.shiftSteps)
    if number > 3 * Self.shiftSteps { statistics.shift = abs(Double(shift)) }
    if values.newest.isFinite, count > 0 {
      let change =
        abs(nearest(value - values.newest, origin.map { value - Self.single($0) }, least: least))
        / growth
      let size = max(Double(changeDeviation), least)
      statistics.change = change / size
      statistics.isRepeated = change <= least / 1_000
      changeDeviation += Float(
        (bounded(change, by: max(size, extent), number) - Double(changeDeviation)) * gain)
    }
    if lag.isFinite {
      takeSeason(
        value - Self.single(lag), number: number, least: least, extent: extent, &statistics, pace)
    }
    if count > 0 { statistics.range = values.extend(to: value, number: number, least: least) }
    followLevel(distance, size: levelSize, number: number, &values, pace)
    values.recent += (value - values.recent) / 8
    values.newest = value
    count = min(count + 1, Self.countMaximum)
    flat.learn(isRepeated: statistics.isRepeated, count: Double(count))
    return statistics
  }

  /// The smallest deviation that means something: rounding is none, unless the series is known to vary
  /// by less.
  private func least(_ size: Double) -> Double {
    let precision = 1e-12 + 1e-14 * size
    return Double(levelDeviation) > precision ? precision : 1e-9 + 1e-6 * size
  }

  /// The nearer of two deviations; 0 where it is rounding.
  private func nearest(_ deviation: Double, _ other: Double?, least: Double) -> Double {
    let nearer = other.map { abs($0) < abs(deviation) ? $0 : deviation } ?? deviation
    return abs(nearer) < least ? 0 : nearer
  }

  /// The largest value that is told apart: deviations from it fit into a `Float`.
  private static let sizeMaximum = 1e30

  private static func single(_ value: Double) -> Double {
    min(max(value, -sizeMaximum), sizeMaximum)
  }

  /// Forgets what a gap has made meaningless.
  mutating func restart(_ values: inout SeriesValues) {
    (bias, ahead, season, shift) = (0, 0, 0, 0)
    flat.current = 0
    values.newest = .nan
  }

  private func bounded(_ size: Double, by scale: Double, _ number: Double) -> Double {
    number < Self.freeCount ? size : min(size, Self.deviationBound * scale)
  }

  /// Takes what was forecast for the step long before.
  ///
  /// - Parameters:
  ///   - error: of the forecast; NaN where there was none.
  ///   - width: of its interval.
  mutating func take(
    error: Double, ofWidth width: Double, _ pace: DetectionPace, _ statistics: inout Statistics
  ) {
    guard error.isFinite, width.isFinite else { return }
    let size = max(width, 0.02 * Double(levelDeviation), 1e-12)
    ahead += Float((min(max(error / size, -8), 8) - Double(ahead)) / pace.smoothing)
    statistics.ahead = abs(Double(ahead))
  }

  /// Takes the number of points of a bucket.
  mutating func take(readings: UInt16, into statistics: inout Statistics) {
    guard readings > 0 else { return }
    let number = Double(count) - 1
    if number > Double(Self.countMinimum) {
      statistics.points = points.logRate(of: Double(readings))
    }
    points.learn(Double(readings), number: max(number, 0))
  }

  private mutating func takeError(
    _ error: Double, width: Double, number: Double, least: Double, levelSize: Double,
    extent: Double, gain: Double, _ statistics: inout Statistics, _ pace: DetectionPace
  ) {
    let floor = max(width, 0.02 * levelSize, least)
    // A series whose errors are mostly none has no width to speak of.
    let isNone: Float = abs(error) < 0.05 * Double(errorSize) || error == 0 ? 1 : 0
    errorlessShare += (isNone - errorlessShare) * Float(max(1 / number, 0.005))
    if levelDeviation > 0.1 * errorSize, errorlessShare < 0.5 {
      statistics.interval = abs(error) / max(floor, 0.5 * Double(errorSize))
    }
    let size = errorSize > 0 ? Double(errorSize) : max(floor, 0.05 * levelSize)
    errorSize += Float(
      (bounded(abs(error), by: max(size, extent), number) - Double(errorSize)) * gain)
    let scaled = error / max(size, least)
    let usual = max(Double(scaledErrorSize), 0.05)
    statistics.deviation = scaled
    statistics.error = abs(scaled)
    bias += Float((min(max(scaled / usual, -8), 8) - Double(bias)) / pace.smoothing)
    statistics.bias = abs(Double(bias))
    let relative = min(abs(scaled) / usual, 6)
    recentSize += Float((relative - Double(recentSize)) / Self.varianceSteps)
    usualSize += Float((relative - Double(usualSize)) * max(1 / number, 0.001))
    if number > 3 * Self.varianceSteps {
      statistics.variance = abs(log(max(Double(recentSize), 0.01) / max(Double(usualSize), 0.01)))
    }
    scaledErrorSize += Float(
      (bounded(abs(scaled), by: usual, number) - Double(scaledErrorSize)) * gain)
  }

  private mutating func takeSeason(
    _ difference: Double, number: Double, least: Double, extent: Double,
    _ statistics: inout Statistics, _ pace: DetectionPace
  ) {
    let size = max(Double(seasonDeviation), least)
    season += Float((min(max(difference / size, -6), 6) - Double(season)) / pace.seasonSmoothing)
    if number > pace.seasonSteps + 3 * pace.seasonSmoothing {
      statistics.season = abs(Double(season))
    }
    if seasonDeviation == 0 {
      seasonDeviation = Float(min(abs(difference), 1e30))
    } else {
      let bounded = min(abs(difference), Self.deviationBound * max(size, extent))
      seasonDeviation += Float((bounded - Double(seasonDeviation)) * pace.gain)
    }
  }

  /// The running median follows in steps of the mean deviation (stochastic approximation).
  private mutating func followLevel(
    _ distance: Double, size: Double, number: Double, _ values: inout SeriesValues,
    _ pace: DetectionPace
  ) {
    let gain = max(0.01 * pace.pace, 1 / number)
    if number <= 8 {
      values.median += distance / number
      levelDeviation += Float((abs(distance) - Double(levelDeviation)) / number)
    } else {
      let sign: Double = distance > 0 ? 1 : distance < 0 ? -1 : 0
      values.median += gain * size * 2 * sign * min(1, abs(distance) / size * 2)
      levelDeviation += Float(
        (min(abs(distance), 4 * size) - Double(levelDeviation)) * gain * 0.5)
    }
  }
}

/// The values of one series that the detector remembers, in full precision.
struct SeriesValues: BitwiseCopyable {
  /// Running median.
  var median: Double
  var newest: Double
  /// Mean of the last eight, fading.
  var recent: Double
  var smallest: Double
  var largest: Double

  static let doubleCount = MemoryLayout<SeriesValues>.size / MemoryLayout<Double>.size
  static let initial = SeriesValues(median: 0, newest: 0, recent: 0, smallest: 0, largest: 0)

  mutating func begin(at value: Double) {
    self = SeriesValues(
      median: value, newest: value, recent: value, smallest: value, largest: value)
  }

  /// Extends the range, by no more than its extent.
  ///
  /// - Returns: how far outside of the range the value was, in its extent.
  mutating func extend(to value: Double, number: Double, least: Double) -> Double {
    let extent = max(largest - smallest, least)
    let overshoot = value > largest ? value - largest : max(smallest - value, 0)
    let isFree = number <= 10
    largest = max(largest, isFree ? value : min(value, largest + extent))
    smallest = min(smallest, isFree ? value : max(value, smallest - extent))
    return overshoot / extent
  }
}

/// The forecast that was made for a step, before it came.
struct Forecast {
  var median: Double
  /// Of its 80 % interval, or the nearest to it that there is.
  var width: Double
}
