import Scores
import TimeSeries

/// The settings of a stream that its scores depend on.
final class ScoredStream: Sendable {
  let name: String
  let interval: Milliseconds
  let horizon: Int
  let levels: ScoredLevels
  /// The 80 % interval, or the outermost where that is not computed.
  let interval80: CentralInterval
  /// Season of the seasonal naive forecast in steps; 1 is naive.
  let season: Int
  /// The steps by the clock that the season follows.
  let civil: CivilSteps

  init(
    name: String, interval: Milliseconds, horizon: Int, quantiles: [Double], season: Int,
    timeZone: TimeZoneRules?
  ) {
    self.name = name
    self.interval = interval
    self.horizon = horizon
    levels = ScoredLevels(quantiles)
    interval80 =
      levels.interval(holding: 0.8) ?? levels.intervals.first
      ?? CentralInterval(low: 0, high: quantiles.count - 1, missShare: 0.2)
    self.season = season
    civil = CivilSteps(interval: interval, season: season, zone: timeZone)
  }
}
