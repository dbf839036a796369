import TimeSeries

/// The two candidates whose forecasts are corrected and compared for every series: the network, and
/// the baseline that is chosen at the time.
enum Candidate: UInt8, CaseIterable {
  case network, baseline
}

/// The numbers that a `CalibrationTable` keeps of a series, their places, and the constants of the
/// levels.
///
///     tracked  Int16 [H·L + K·H]   the network's quantiles and the baselines' points at one origin
///     shifts   Int16 [G·L]         shift of each level in each group, in 2⁻¹³ of the 80 % interval
///     learned  Float [size]        for each candidate: the widening of each interval, then how far
///                                  values are outside and inside; running losses of the
///                                  candidates, then of all baselines; spreads of the baselines'
///                                  errors [K, G]; the profile of Holt–Winters; the state of the
///                                  autoregression
///
/// H: steps of the horizon. L: levels. K: kinds of baselines. G: groups of steps that share a
/// shift. P: central intervals. The layout is a class, so that its users hold a reference and not a
/// copy.
final class CalibrationLayout: Sendable {
  static let baselineCount = BaselineKind.allCases.count
  static let shiftQuantum = 1.0 / 8192
  static let groupsMaximum = 6

  let interval: Milliseconds
  let timeZone: TimeZoneRules?
  /// The steps by the clock of the time zone.
  let civil: CivilSteps
  let shortSeason: Int
  let longSeason: Int
  /// Whether the short season is whole days, which follow that clock.
  let isOfDays: Bool
  let horizon: Int
  let intervals: [CentralInterval]
  let constants: CalibrationConstants
  let isNonNegative: Bool
  let groups: Int
  /// First step of each group, then the end of the last group: [G + 1]
  let groupStarts: [Int]
  let holtWinters: HoltWinters
  let autoregression: SeasonalAutoregression
  let places: LearnedPlaces

  init(
    interval: Milliseconds, seasons: [Int], horizon: Int, levels: [Double], isNonNegative: Bool,
    timeZone: TimeZoneRules?
  ) {
    self.interval = interval
    self.timeZone = timeZone
    isOfDays = CivilSteps.isOfDays(seasons.first ?? 0, interval: interval)
    civil = CivilSteps(interval: interval, season: seasons.first ?? 0, zone: timeZone)
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
    places = LearnedPlaces(
      intervalCount: intervals.count, groups: groups, profileSlots: holtWinters.slots,
      regressionSize: autoregression.stateSize)
  }

  var levelCount: Int { constants.levelCount }
  var trackedSize: Int { horizon * levelCount + Self.baselineCount * horizon }
  var shiftsSize: Int { groups * levelCount }

  @inline(__always)
  func group(of step: Int) -> Int { step * groups / horizon }

  /// Index in `tracked` of the point of a baseline for a step.
  @inline(__always)
  func pointPlace(_ kind: Int, step: Int) -> Int {
    horizon * levelCount + kind * horizon + step
  }

  /// Phase of a time in the short season: its number of intervals since 1970 by standard time,
  /// and what the clock is ahead of it, modulo the season.
  func phase(of time: Milliseconds, lead: Int) -> Int {
    guard shortSeason > 0 else { return 0 }
    let (quotient, remainder) = time.quotientAndRemainder(dividingBy: interval)
    let step = (remainder < 0 ? quotient - 1 : quotient) + Int64(lead)
    let place = step % Int64(shortSeason)
    return Int(place < 0 ? place + Int64(shortSeason) : place)
  }

  /// Raises values below zero to zero if the stream is non-negative.
  @inline(__always)
  func limit(_ values: UnsafeMutablePointer<Double>, count: Int) {
    guard isNonNegative else { return }
    for index in 0..<count { values[index] = max(0, values[index]) }
  }
}

/// The start of each part in the `learned` numbers of a series.
struct LearnedPlaces: BitwiseCopyable {
  /// Size of the coverage of one candidate: a widening for each interval, and the two distances.
  let coverageWidth: Int
  let groups: Int
  let losses: Int
  let baselineLosses: Int
  let spreads: Int
  /// The numbers from here on depend on the season: they are reset when it changes.
  let profile: Int
  let regression: Int
  let size: Int

  init(intervalCount: Int, groups: Int, profileSlots: Int, regressionSize: Int) {
    self.groups = groups
    coverageWidth = intervalCount + 2
    losses = Candidate.allCases.count * coverageWidth
    baselineLosses = losses + Candidate.allCases.count
    spreads = baselineLosses + CalibrationLayout.baselineCount
    profile = spreads + CalibrationLayout.baselineCount * groups
    regression = profile + profileSlots
    size = regression + regressionSize
  }
}
