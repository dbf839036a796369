/// The quantile levels of forecasts.
package enum ForecastLevels {
  /// The levels that every forecast has: the deciles, with which accuracy is measured, and the ends
  /// of the 95 % interval.
  package static let standard = [
    0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975,
  ]

  /// The levels that are published by default: the median and the ends of the 80 % and the 95 %
  /// interval.
  package static let published = [0.025, 0.1, 0.5, 0.9, 0.975]

  /// Levels that are closer than this are equal.
  static let resolution = 1e-9

  /// The standard levels and the given ones, ascending.
  package static func computed(with levels: [Double]) -> [Double] {
    let added = levels.filter { level in
      !standard.contains { abs($0 - level) < resolution }
    }
    return (standard + added).sorted()
  }

  /// The indices of the given levels among the computed ones.
  ///
  /// - Precondition: all given levels are computed.
  package static func indices(of levels: [Double], in computed: [Double]) -> [Int] {
    levels.map { level in
      guard let index = computed.firstIndex(where: { abs($0 - level) < resolution }) else {
        preconditionFailure("level \(level) is not computed")
      }
      return index
    }
  }

  /// The index of the level that is nearest to 0.5.
  package static func medianIndex(of levels: [Double]) -> Int { index(nearest: 0.5, in: levels) }

  /// The index of the nearest level.
  package static func index(nearest level: Double, in levels: [Double]) -> Int {
    levels.indices.min { abs(levels[$0] - level) < abs(levels[$1] - level) } ?? 0
  }

  /// The central intervals between the levels, outermost first. A level below 0.5 makes one if its
  /// mirror image above 0.5 is there too.
  package static func centralIntervals(of levels: [Double]) -> [CentralInterval] {
    levels.indices.compactMap { low in
      guard levels[low] < 0.5 - resolution,
        let high = levels.firstIndex(where: { abs($0 + levels[low] - 1) < resolution })
      else { return nil }
      return CentralInterval(low: low, high: high, missShare: 2 * levels[low])
    }
  }
}

/// An interval with as much probability below it as above it.
package struct CentralInterval: Sendable, Equatable {
  /// Indices of the ends of the interval among the levels.
  package var low: Int
  package var high: Int
  /// Share of values that is expected outside: 0.2 for an 80 % interval.
  package var missShare: Double

  package init(low: Int, high: Int, missShare: Double) {
    self.low = low
    self.high = high
    self.missShare = missShare
  }
}
