import Glibc
import TimeSeries

/// The constants of a stream's levels as plain memory: they are read for every step of every
/// forecast, where an array's bounds and reference counts would be most of the work.
final class CalibrationConstants: Sendable {
  // Safety: written in `init` only, freed in `deinit`, and nobody keeps the pointers beyond the
  // object.
  nonisolated(unsafe) private let doubles: UnsafeMutablePointer<Double>
  // Safety: as above.
  nonisolated(unsafe) private let places: UnsafeMutablePointer<Int>

  let levelCount: Int
  let intervalCount: Int
  let median: Int
  /// The interval whose width is the unit of shifts and widenings: the one nearest to 80 %, or all
  /// levels where none is an interval.
  let referenceLow: Int
  let referenceHigh: Int
  /// Its number, by which misses are measured; -1 for none.
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

  /// [L]
  var levels: UnsafePointer<Double> { UnsafePointer(doubles) }
  /// Quantiles of a logistic distribution of mean absolute deviation 1: [L]
  var factors: UnsafePointer<Double> { UnsafePointer(doubles + levelCount) }
  /// Share of values that each interval leaves out: [P]
  var missShares: UnsafePointer<Double> { UnsafePointer(doubles + 2 * levelCount) }
  /// By how much each interval's step differs from the 80 % interval's, since the density of scores
  /// does: [P]
  var intervalRates: UnsafePointer<Double> {
    UnsafePointer(doubles + 2 * levelCount + intervalCount)
  }
  /// Ends of the intervals among the levels: [P]
  var lows: UnsafePointer<Int> { UnsafePointer(places) }
  var highs: UnsafePointer<Int> { UnsafePointer(places + intervalCount) }
}
