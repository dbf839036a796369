import Glibc
import TimeSeries

/// The constants of a stream's levels, as plain memory. They are read for every step of every
/// forecast, and the bounds checks and reference counts of arrays would take most of that time.
final class CalibrationConstants: Sendable {
  // Safety: written in `init` only, freed in `deinit`, and nobody keeps the pointers beyond the
  // object.
  nonisolated(unsafe) private let doubles: UnsafeMutablePointer<Double>
  // Safety: as above.
  nonisolated(unsafe) private let places: UnsafeMutablePointer<Int>

  let levelCount: Int
  let intervalCount: Int
  let median: Int
  /// Ends of the reference interval, whose width is the unit of shifts and widenings: the interval
  /// nearest to 80 %, or the lowest and the highest level if there is no central interval.
  let referenceLow: Int
  let referenceHigh: Int
  /// Number of the reference interval among the intervals, used to measure misses; -1 if there is
  /// none.
  let referenceNumber: Int

  init(levels: [Double], intervals: [CentralInterval]) {
    levelCount = levels.count
    intervalCount = intervals.count
    median = ForecastLevels.medianIndex(of: levels)
    let reference = intervals.indices.min {
      abs(intervals[$0].missShare - 0.2) < abs(intervals[$1].missShare - 0.2)
    }
    referenceNumber = reference ?? -1
    referenceLow = reference.map { intervals[$0].low } ?? 0
    referenceHigh = reference.map { intervals[$0].high } ?? levels.count - 1
    doubles = .allocate(capacity: 2 * levels.count + 2 * intervals.count)
    places = .allocate(capacity: max(1, 2 * intervals.count))
    for (index, level) in levels.enumerated() {
      doubles[index] = level
      doubles[levels.count + index] = log(level / (1 - level)) / (2 * log(2))
    }
    for (number, interval) in intervals.enumerated() {
      let share = 0.2 / interval.missShare
      doubles[2 * levels.count + number] = interval.missShare
      doubles[2 * levels.count + intervals.count + number] =
        share > 1 ? share.squareRoot() : share * share
      places[number] = interval.low
      places[intervals.count + number] = interval.high
    }
  }

  deinit {
    doubles.deallocate()
    places.deallocate()
  }

  /// Probability of each level: [L]
  var levels: UnsafePointer<Double> { UnsafePointer(doubles) }
  /// Quantiles of a logistic distribution with mean absolute deviation 1: [L]
  var factors: UnsafePointer<Double> { UnsafePointer(doubles + levelCount) }
  /// Nominal miss rate of each interval: [P]
  var missShares: UnsafePointer<Double> { UnsafePointer(doubles + 2 * levelCount) }
  /// Factor of the learning rate of each interval, 1 for the 80 % interval, because the density of
  /// scores differs: [P]
  var intervalRates: UnsafePointer<Double> {
    UnsafePointer(doubles + 2 * levelCount + intervalCount)
  }
  /// Indices of the ends of the intervals among the levels: [P]
  var lows: UnsafePointer<Int> { UnsafePointer(places) }
  var highs: UnsafePointer<Int> { UnsafePointer(places + intervalCount) }
}
