/// Forecasts that need no model, against which a model's are measured.
package enum Baseline {
  /// The last value, for every step; not a number where there is none.
  package static func naive(history: [Double], horizon: Int) -> [Double] {
    seasonalNaive(history: history, season: 1, horizon: horizon)
  }

  /// The value of one season before (of as many seasons as it takes to be in the history).
  ///
  /// - Parameter history: oldest first; missing values are not numbers.
  /// - Returns: `horizon` values, not a number where the history does not reach back to it or the
  ///   value is missing.
  /// - Precondition: `season` is positive.
  /// - Source: Hyndman & Athanasopoulos 2021, "Forecasting: principles and practice", §5.2.
  package static func seasonalNaive(history: [Double], season: Int, horizon: Int) -> [Double] {
    precondition(season > 0, "a season has at least one step")
    return (0..<horizon).map { step in
      let index = history.count - season + step % season
      return index >= 0 && index < history.count ? history[index] : .nan
    }
  }
}
