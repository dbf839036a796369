import Glibc
import TimeSeries

/// What the network sees of a series, and in which order; the one definition that streaming and
/// training share.
///
///     inputs  [8]        z, difference at the short and the long lag, observed, sin and cos of the
///                        short and the long season's phase
///     bases   [K, N]     the last value of each target's phase in each season; the newest value;
///                        the mean of the recent window; the long-run mean
///     context [C]        each season's base; the recent window; sin and cos of each season's phase
///                        at the origin; age; how much of each season's base is real; log of the
///                        deviation in units; whether the newest step was observed
///
/// Values are offsets from the long-run mean, in deviations (inputs, context; squashed by asinh) or
/// in units of the forecast (bases). What is missing is replaced only here, never in the ring.
struct FeatureLayout: Sendable, Equatable {
  static let inputSize = 8

  let interval: Milliseconds
  let seasons: [Int]
  let shortSeason: Int
  let longSeason: Int
  let shortLag: Int
  let longLag: Int
  let horizon: Int
  let recent: Int
  let capacity: Int
  let seasonCount: Int
  let baseCount: Int
  let contextSize: Int
  /// Weight of a new value in the scaler once warm.
  let scalerRate: Double
  /// Observed steps at which a series counts as old.
  let oldAge: Double

  init(_ settings: ModelSettings) {
    interval = settings.interval
    seasons = settings.seasons
    seasonCount = seasons.count
    shortSeason = seasons.first ?? 0
    longSeason = seasons.count > 1 ? seasons[1] : 0
    shortLag = seasons.first ?? 1
    longLag = seasons.count > 1 ? seasons[1] : (seasons.isEmpty ? 6 : 1)
    horizon = settings.horizon
    recent = seasons.isEmpty ? 32 : 24
    capacity = settings.ringCapacity
    baseCount = seasonCount + 3
    contextSize = seasonCount * horizon + recent + 2 * seasonCount + 1 + seasonCount + 2
    let halfLife = Double(max(seasons.last ?? settings.window, 96))
    scalerRate = 1 - pow(0.5, 1 / halfLife)
    oldAge = halfLife
  }

  /// The gate's preference among the bases before any training.
  var gateBias: [Float] {
    Array(repeating: 0.5, count: seasonCount) + [seasons.isEmpty ? 1 : 0, 0, -1]
  }
}

/// sin and cos of the seasons' phases at one time, kept while the time stays the same, as it mostly
/// does from row to row of a batch.
struct SeasonPhases {
  private var time: Milliseconds = .min
  private(set) var short: (sine: Float, cosine: Float) = (0, 0)
  private(set) var long: (sine: Float, cosine: Float) = (0, 0)

  @inline(__always)
  mutating func move(to newTime: Milliseconds, layout: borrowing FeatureLayout) {
    if newTime == time { return }
    time = newTime
    let step = floorDivide(newTime, layout.interval)
    short = Self.phase(step, season: layout.shortSeason)
    long = Self.phase(step, season: layout.longSeason)
  }

  private static func phase(_ step: Int64, season: Int) -> (sine: Float, cosine: Float) {
    guard season > 0 else { return (0, 0) }
    let length = Int64(season)
    let place = step - floorDivide(step, length) * length
    let angle = 2 * Double.pi * Double(place) / Double(season)
    return (Float(sin(angle)), Float(cos(angle)))
  }
}

func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
  return remainder < 0 ? quotient - 1 : quotient
}
