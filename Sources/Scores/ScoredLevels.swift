package import TimeSeries

/// The quantile levels of a forecast, and the levels that each score uses.
package struct ScoredLevels: Sendable, Equatable {
  package let levels: [Double]
  /// Indices of the levels over which the quantile loss is averaged: the deciles, or all levels if
  /// a decile is missing.
  package let scored: [Int]
  package let median: Int
  /// The central intervals, outermost first.
  package let intervals: [CentralInterval]

  /// - Precondition: `levels` is not empty.
  package init(_ levels: [Double]) {
    self.levels = levels
    let deciles = (1...9).compactMap { decile in
      levels.firstIndex { abs($0 - Double(decile) / 10) < 1e-9 }
    }
    scored = deciles.count == 9 ? deciles : Array(levels.indices)
    median = ForecastLevels.medianIndex(of: levels)
    intervals = ForecastLevels.centralIntervals(of: levels)
  }

  /// The index in `intervals` of the interval that should hold `share` of the targets; `nil` if the
  /// levels make no such interval.
  package func intervalIndex(holding share: Double) -> Int? {
    intervals.firstIndex { abs(1 - $0.missShare - share) < 1e-9 }
  }

  package func interval(holding share: Double) -> CentralInterval? {
    intervalIndex(holding: share).map { intervals[$0] }
  }
}
