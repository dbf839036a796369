import TimeSeries

/// Sums of what forecasts turned out to be.
package struct ScoreSums: Sendable, Equatable {
  /// Pairs of a forecast's step and the value that came, where seasonal naive had a forecast too.
  package private(set) var count = 0
  private var medianError = 0.0
  private var naiveError = 0.0
  private var intervalCount = 0
  private var coveredCount = 0

  package init() {}

  /// Mean absolute error of the median; not a number of nothing.
  package var medianMAE: Double { count == 0 ? .nan : medianError / Double(count) }
  package var naiveMAE: Double { count == 0 ? .nan : naiveError / Double(count) }
  /// Share of the values between the lowest and the highest quantile.
  package var coverage: Double {
    intervalCount == 0 ? .nan : Double(coveredCount) / Double(intervalCount)
  }

  mutating func add(value: Double, median: Double, low: Double, high: Double, naive: Double) {
    if low.isFinite, high.isFinite {
      intervalCount += 1
      if low <= value, value <= high { coveredCount += 1 }
    }
    guard median.isFinite, naive.isFinite else { return }
    count += 1
    medianError += abs(value - median)
    naiveError += abs(value - naive)
  }

  mutating func add(_ other: ScoreSums) {
    count += other.count
    medianError += other.medianError
    naiveError += other.naiveError
    intervalCount += other.intervalCount
    coveredCount += other.coveredCount
  }
}

/// Sums by the age of a series, in at most 128 blocks of equally many steps, so that a share of its
/// length can be left out at the end, when the length is known.
struct AgedSums {
  private static let blockCountMaximum = 128
  private var blocks: [ScoreSums] = []
  private var blockLength = 1

  mutating func add(_ sums: ScoreSums, step: Int) {
    while step / blockLength >= Self.blockCountMaximum {
      for index in 0..<(blocks.count + 1) / 2 {
        var merged = blocks[2 * index]
        if 2 * index + 1 < blocks.count { merged.add(blocks[2 * index + 1]) }
        blocks[index] = merged
      }
      blocks.removeLast(blocks.count / 2)
      blockLength *= 2
    }
    while blocks.count <= step / blockLength { blocks.append(ScoreSums()) }
    blocks[step / blockLength].add(sums)
  }

  /// Of the blocks that begin with that step or later.
  func total(from step: Double) -> ScoreSums {
    var total = ScoreSums()
    for (index, block) in blocks.enumerated() where Double(index * blockLength) >= step {
      total.add(block)
    }
    return total
  }
}

/// Compares every forecast of one series, at all its steps, with what came and with what seasonal
/// naive would have said.
///
/// A class whose storage is its own: it is found by key and changed in place for each step.
/// Memory: 12 bytes × horizon², 8 bytes × (season + horizon), and 5 KiB.
final class SeriesScore {
  /// A forecast in flight.
  private struct Origin {
    var time: Milliseconds = .min
    /// Number of the series' step it was made at.
    var step = 0
    var sums = ScoreSums()
  }

  private struct Expectation {
    var median: Float
    var low: Float
    var high: Float
  }

  let stream: ScoredStream
  private(set) var stepCount = 0
  private(set) var missingCount = 0
  /// Steps up to the last with a value: what comes after is silence, not a part of the series.
  private var length = 0
  private(set) var forecastCount = 0
  var anomalyCount = 0
  private var settled = AgedSums()
  private var lastTime: Milliseconds?
  /// The value of bucket end `t` is at `(t / interval) mod count`.
  private let values: UnsafeMutableBufferPointer<Double>
  /// The forecast made at `t` is at `(t / interval) mod horizon`.
  private let origins: UnsafeMutableBufferPointer<Origin>
  /// [origins, horizon]
  private let expectations: UnsafeMutableBufferPointer<Expectation>

  init(stream: ScoredStream) {
    self.stream = stream
    values = .allocate(capacity: stream.season + stream.horizon + 1)
    values.initialize(repeating: .nan)
    origins = .allocate(capacity: stream.horizon)
    origins.initialize(repeating: Origin())
    expectations = .allocate(capacity: stream.horizon * stream.horizon)
    expectations.initialize(repeating: Expectation(median: .nan, low: .nan, high: .nan))
  }

  deinit {
    values.deallocate()
    origins.deallocate()
    expectations.deallocate()
  }

  /// Takes a step; a value that is not a number is missing.
  func observe(time: Milliseconds, value: Double) {
    forgetSkipped(until: time)
    stepCount += 1
    lastTime = time
    values[slot(of: time, values.count)] = value
    guard value.isFinite else {
      missingCount += 1
      return
    }
    length = stepCount
    for step in 1...stream.horizon {
      let made = time - Milliseconds(step) * stream.interval
      let slot = slot(of: made, stream.horizon)
      guard origins[slot].time == made else { continue }
      let expectation = expectations[slot * stream.horizon + step - 1]
      origins[slot].sums.add(
        value: value, median: Double(expectation.median), low: Double(expectation.low),
        high: Double(expectation.high), naive: naive(target: time, step: step))
    }
  }

  /// Takes the forecast made at the newest step.
  ///
  /// - Parameter forecast: [horizon, quantiles]
  func issue(time: Milliseconds, forecast: UnsafeBufferPointer<Double>) {
    guard time == lastTime, forecast.count == stream.horizon * stream.quantileCount else { return }
    forecastCount += 1
    let slot = slot(of: time, stream.horizon)
    settle(slot)
    origins[slot] = Origin(time: time, step: stepCount - 1)
    for step in 0..<stream.horizon {
      let row = step * stream.quantileCount
      expectations[slot * stream.horizon + step] = Expectation(
        median: Float(forecast[row + stream.medianIndex]),
        low: Float(forecast[row + stream.interval80.low]),
        high: Float(forecast[row + stream.interval80.high]))
    }
  }

  /// The sums over all forecasts made after the first share of the series' steps.
  func total(warmUpShare: Double) -> ScoreSums {
    for slot in 0..<stream.horizon { settle(slot) }
    return settled.total(from: Double(length) * warmUpShare)
  }

  private func settle(_ slot: Int) {
    guard origins[slot].time != .min else { return }
    settled.add(origins[slot].sums, step: origins[slot].step)
    origins[slot] = Origin()
  }

  /// The newest value, known when the forecast was made, that is whole seasons before the target.
  ///
  /// - Source: Hyndman & Athanasopoulos 2021, "Forecasting: principles and practice", §5.2.
  private func naive(target: Milliseconds, step: Int) -> Double {
    let seasons = (step + stream.season - 1) / stream.season
    return values[
      slot(of: target - Milliseconds(seasons * stream.season) * stream.interval, values.count)]
  }

  /// Removes the old values of the buckets that were skipped.
  private func forgetSkipped(until time: Milliseconds) {
    guard let lastTime, time > lastTime + stream.interval else { return }
    let skipped = min((time - lastTime) / stream.interval - 1, Milliseconds(values.count))
    for back in 0..<skipped {
      values[slot(of: time - (back + 1) * stream.interval, values.count)] = .nan
    }
  }

  private func slot(of time: Milliseconds, _ count: Int) -> Int {
    let remainder = (time / stream.interval) % Milliseconds(count)
    return Int(remainder < 0 ? remainder + Milliseconds(count) : remainder)
  }
}

/// What scoring must know of a stream.
final class ScoredStream: Sendable {
  let name: String
  let interval: Milliseconds
  let horizon: Int
  let quantileCount: Int
  /// Of the quantiles, the one nearest to a half.
  let medianIndex: Int
  /// The 80 % interval, or the outermost where that is not computed.
  let interval80: CentralInterval
  /// Of seasonal naive, in steps; 1 is naive.
  let season: Int

  init(
    name: String, interval: Milliseconds, horizon: Int, quantiles: [Double], season: Int
  ) {
    self.name = name
    self.interval = interval
    self.horizon = horizon
    quantileCount = quantiles.count
    medianIndex = ForecastLevels.medianIndex(of: quantiles)
    let intervals = ForecastLevels.centralIntervals(of: quantiles)
    interval80 =
      intervals.first { abs($0.missShare - 0.2) < 1e-9 } ?? intervals.first
      ?? CentralInterval(low: 0, high: quantiles.count - 1, missShare: 0.2)
    self.season = season
  }
}
