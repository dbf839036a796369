import TimeSeries

/// What a `CalibrationTable` keeps of a series and where, and the constants of its levels.
///
///     flight   Int16 [H·L + K·H]   the network's quantiles and the baselines' points at one origin
///     shifts   Int16 [G·L]         of each level and group of steps, in 2⁻¹³ of the 80 % interval
///     numbers  Float [size]        widenings of each interval and how far values are outside and inside, for each
///                                  voice; running losses; spreads of the baselines' errors [K, G];
///                                  Holt–Winters' profile; the autoregression
///
/// H steps, L levels, K kinds of baselines, G groups of steps that share a shift, P central intervals.
/// A class, so that what works with it holds a reference and not a copy of all of this.
final class CalibrationLayout: Sendable {
  static let kinds = BaselineKind.allCases.count
  static let voices = 3
  static let shiftQuantum = 1.0 / 8192
  static let groupsMaximum = 6

  let interval: Milliseconds
  let shortSeason: Int
  let longSeason: Int
  let horizon: Int
  let intervals: [CentralInterval]
  let constants: CalibrationConstants
  let isNonNegative: Bool
  let groups: Int
  /// Where each group's steps begin, and where the last one's end: [G + 1]
  let groupStarts: [Int]
  let holtWinters: HoltWinters
  let autoregression: SeasonalAutoregression

  let coverageWidth: Int
  let lossesOffset: Int
  let spreadsOffset: Int
  let profileOffset: Int
  let regressionOffset: Int
  let numbersSize: Int

  init(
    interval: Milliseconds, seasons: [Int], horizon: Int, levels: [Double], isNonNegative: Bool
  ) {
    self.interval = interval
    shortSeason = seasons.first ?? 0
    longSeason = seasons.count > 1 ? seasons[1] : 0
    self.horizon = horizon
    self.isNonNegative = isNonNegative
    intervals = ForecastLevels.centralIntervals(of: levels)
    constants = CalibrationConstants(levels: levels, intervals: intervals)
    let groups = min(Self.groupsMaximum, horizon)
    self.groups = groups
    groupStarts = (0...groups).map { ($0 * horizon + groups - 1) / groups }
    holtWinters = HoltWinters(season: shortSeason)
    autoregression = SeasonalAutoregression(seasonCount: min(seasons.count, 2))
    coverageWidth = intervals.count + 2
    lossesOffset = Self.voices * coverageWidth
    spreadsOffset = lossesOffset + Self.voices + Self.kinds
    profileOffset = spreadsOffset + Self.kinds * groups
    regressionOffset = profileOffset + holtWinters.slots
    numbersSize = regressionOffset + autoregression.stateSize
  }

  var levelCount: Int { constants.levelCount }
  var flightSize: Int { horizon * levelCount + Self.kinds * horizon }
  var shiftsSize: Int { groups * levelCount }

  @inline(__always)
  func group(of step: Int) -> Int { step * groups / horizon }

  /// Where the point of a baseline for a step is in the flight.
  @inline(__always)
  func pointPlace(_ kind: Int, step: Int) -> Int {
    horizon * levelCount + kind * horizon + step
  }

  /// Place of a time in a season.
  func phase(of time: Milliseconds, season: Int) -> Int {
    guard season > 0 else { return 0 }
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: interval)
    let step = remainder < 0 ? quotient - 1 : quotient
    let place = step % Int64(season)
    return Int(place < 0 ? place + Int64(season) : place)
  }
}
