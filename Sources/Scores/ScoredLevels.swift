package import TimeSeries

/// The quantile levels of a forecast, and which of them each score is made of.
package struct ScoredLevels: Sendable, Equatable {
  package let levels: [Double]
  /// The levels that the quantile loss is averaged over: the deciles, or all where one is missing.
  package let scored: [Int]
  package let median: Int
  /// Outermost first.
  package let intervals: [CentralInterval]

  /// - Precondition: there is a level.
  package init(_ levels: [Double]) {
    self.levels = levels
    let deciles = (1...9).compactMap { decile in
      levels.firstIndex { abs($0 - Double(decile) / 10) < 1e-9 }
    }
    scored = deciles.count == 9 ? deciles : Array(levels.indices)
    median = ForecastLevels.medianIndex(of: levels)
    intervals = ForecastLevels.centralIntervals(of: levels)
  }

  /// The place among `intervals` of the one that should hold `share` of the targets; `nil` where
  /// the levels make no such interval.
  package func intervalIndex(holding share: Double) -> Int? {
    intervals.firstIndex { abs(1 - $0.missShare - share) < 1e-9 }
  }

  package func interval(holding share: Double) -> CentralInterval? {
    intervalIndex(holding: share).map { intervals[$0] }
  }
}
