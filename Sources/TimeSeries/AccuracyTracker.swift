/// How good the forecasts of one series turn out to be, beside seasonal naive's, as steps come in.
///
/// Only one forecast is followed at a time: of those issued while one is in flight none is kept, so
/// that memory is bounded by the horizon and a season, and no step counts twice.
package struct AccuracyTracker: Sendable {
  /// What was learnt about one step of the horizon.
  package struct StepAccuracy: Sendable, Equatable {
    /// Absolute errors of the median, on the steps where seasonal naive had a forecast too.
    package var median = RunningLoss()
    package var seasonalNaive = RunningLoss()
    /// 1 where the value was within the interval, else 0.
    package var coverage = RunningLoss()
  }

  /// One of the forecast in flight, for one step.
  private struct Pending: Sendable {
    var median: Double
    var low: Double
    var high: Double
    var seasonalNaive: Double
  }

  package let interval: Milliseconds
  package let season: Int
  /// One a step of the horizon.
  package private(set) var steps: [StepAccuracy]

  /// The last season's values, that of bucket end `t` at `(t / interval) mod season`.
  private var recent: [Double]
  private var lastTime: Milliseconds?
  private var origin: Milliseconds?
  private var pending: [Pending] = []

  /// - Precondition: all are positive.
  package init(interval: Milliseconds, season: Int, horizon: Int) {
    precondition(interval > 0 && season > 0 && horizon > 0, "a grid, a season and a horizon")
    self.interval = interval
    self.season = season
    steps = Array(repeating: StepAccuracy(), count: horizon)
    recent = Array(repeating: .nan, count: season)
  }

  /// Takes a step of the series: settles what was forecast for it.
  ///
  /// - Precondition: steps come in order of time, on the grid.
  package mutating func observe(_ step: Step) {
    forgetSkipped(until: step.time)
    if let origin {
      let index = Int((step.time - origin) / interval) - 1
      if pending.indices.contains(index), !step.isMasked {
        settle(pending[index], value: step.value, step: index)
      }
      if index >= pending.count - 1 { self.origin = nil }
    }
    recent[slot(of: step.time)] = step.value
    lastTime = step.time
  }

  /// Follows the forecast made at `origin`, the bucket end of the newest step, unless one is in
  /// flight.
  ///
  /// - Precondition: at most as many steps as the horizon, equally many of each.
  package mutating func issue(
    origin newOrigin: Milliseconds, medians: some Collection<Double>, lows: some Collection<Double>,
    highs: some Collection<Double>
  ) {
    precondition(
      medians.count <= steps.count && lows.count == medians.count && highs.count == medians.count,
      "one median and one interval a step of the horizon")
    guard origin == nil, newOrigin == lastTime else { return }
    origin = newOrigin
    pending.removeAll(keepingCapacity: true)
    for (step, (median, bounds)) in zip(medians, zip(lows, highs)).enumerated() {
      let season = Milliseconds(season)
      let ahead = Milliseconds(step % self.season + 1)
      let naive = recent[slot(of: newOrigin + (ahead - season) * interval)]
      pending.append(
        Pending(median: median, low: bounds.0, high: bounds.1, seasonalNaive: naive))
    }
  }

  /// Over the whole horizon.
  package var total: StepAccuracy {
    steps.reduce(into: StepAccuracy()) { total, step in
      total.median.add(step.median)
      total.seasonalNaive.add(step.seasonalNaive)
      total.coverage.add(step.coverage)
    }
  }

  private mutating func settle(_ forecast: Pending, value: Double, step: Int) {
    if forecast.low.isFinite, forecast.high.isFinite {
      steps[step].coverage.add(forecast.low <= value && value <= forecast.high ? 1 : 0)
    }
    guard forecast.median.isFinite, forecast.seasonalNaive.isFinite else { return }
    steps[step].median.add(abs(value - forecast.median))
    steps[step].seasonalNaive.add(abs(value - forecast.seasonalNaive))
  }

  /// Removes the season-old values of the buckets that were skipped.
  private mutating func forgetSkipped(until time: Milliseconds) {
    guard let lastTime, time > lastTime + interval else { return }
    let skipped = min((time - lastTime) / interval - 1, Milliseconds(season))
    for back in 0..<skipped { recent[slot(of: time - (back + 1) * interval)] = .nan }
  }

  private func slot(of time: Milliseconds) -> Int {
    let remainder = (time / interval) % Milliseconds(season)
    return Int(remainder < 0 ? remainder + Milliseconds(season) : remainder)
  }
}
