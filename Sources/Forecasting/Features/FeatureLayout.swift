import Glibc
import TimeSeries

/// What the network sees of a series, and in which order; the one definition that streaming and
/// training share.
///
///     inputs  [8]        z; seasonal difference; observed; sin and cos of the short and the long
///                        season's phase; weekend
///     bases   [K, N]     the value of each target's phase in each season; the mean of the targets'
///                        phase over the short seasons kept; the newest value; the mean of the
///                        recent window; the long-run mean
///     context [C]        each season's base; the mean over short seasons and how far the values of
///                        a phase lie about it; the recent window; sin and cos of each season's
///                        phase and weekend at the origin, weekend at the first and the last
///                        target; age; how much of each season's base is real; deviation in units;
///                        whether the newest step was observed
///
/// Values are offsets from the long-run mean, in deviations (inputs, context; squashed by asinh) or
/// in units of the forecast (bases). What is missing is replaced only here, never in the ring.
///
/// Where time is an index there is no calendar, and weekends are zero.
///
/// A season is looked up in the ring where it has at most `ringSeasonMaximum` steps, else in a
/// `SeasonProfile`; both by the stream's clock if the season is whole days (`SeasonClock`).
struct FeatureLayout: Sendable, Equatable {
  static let inputSize = 8
  /// Newest steps whose inputs are kept, for re-warming.
  static let replaySteps = 96
  /// Steps of the longest season that the ring holds.
  static let ringSeasonMaximum = 288

  let interval: Milliseconds
  /// `nil` where time is an index.
  let zone: TimeZoneRules?
  /// The steps by the clock of the zone.
  let civil: CivilSteps
  let seasons: [Int]
  let short: SeasonPlace
  let long: SeasonPlace
  /// Steps back to what a step is compared with where the short season is in the ring.
  let lag: Int
  let horizon: Int
  let recent: Int
  let capacity: Int
  /// Floats of a series' ring and profiles.
  let memorySize: Int
  let seasonCount: Int
  let baseCount: Int
  let contextSize: Int
  /// Weight of a new value in the scaler once warm.
  let scalerRate: Double
  /// Observed steps at which a series counts as old.
  let oldAge: Double

  init(_ settings: ModelSettings) {
    interval = settings.interval
    zone = settings.timeZone
    civil = CivilSteps(interval: settings.interval, zone: settings.timeZone)
    seasons = settings.seasons
    seasonCount = seasons.count
    capacity = settings.ringCapacity
    short = SeasonPlace(seasons.first ?? 0, interval: interval, profileOffset: capacity)
    long = SeasonPlace(
      seasons.count > 1 ? seasons[1] : 0, interval: interval,
      profileOffset: capacity + short.profileSlots)
    memorySize = capacity + short.profileSlots + long.profileSlots
    lag = short.isInRing ? short.length : 1
    horizon = settings.horizon
    recent = seasons.isEmpty ? 32 : 24
    let phases = seasonCount > 0 ? 1 : 0
    baseCount = seasonCount + phases + 3
    contextSize = (seasonCount + 2 * phases) * horizon + recent + 3 * seasonCount + 6
    let halfLife = Double(max(seasons.last ?? settings.window, 96))
    scalerRate = 1 - pow(0.5, 1 / halfLife)
    oldAge = halfLife
  }

  /// The gate's preference among the bases before any training.
  var gateBias: [Float] {
    let seasonal: [Float] = Array(repeating: 0.5, count: seasonCount)
    return seasonal + (seasons.isEmpty ? [1, 0, -1] : [0.5, 0, 0, -1])
  }
}

/// Where the values of one season's phases are found.
struct SeasonPlace: Sendable, Equatable {
  /// Slots of a profile at most.
  static let slotMaximum = 96

  /// Steps, zero where there is no such season.
  let length: Int
  let isInRing: Bool
  /// Whether the season is whole days, which follow the stream's clock.
  let isOfDays: Bool
  /// Steps that share a slot of the profile.
  let slotSteps: Int
  let profileSlots: Int
  /// Where the profile begins in the series' memory.
  let profileOffset: Int

  init(_ length: Int, interval: Milliseconds, profileOffset: Int) {
    self.length = length
    isOfDays = CivilSteps.isOfDays(length, interval: interval)
    isInRing = length > 0 && length <= FeatureLayout.ringSeasonMaximum
    slotSteps = (length + Self.slotMaximum - 1) / Self.slotMaximum
    profileSlots = length == 0 || isInRing ? 0 : (length + slotSteps - 1) / slotSteps
    self.profileOffset = profileOffset
  }
}

func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
  return remainder < 0 ? quotient - 1 : quotient
}
