import Glibc

/// The naive and the seasonal naive forecast of one series with normal intervals; computed apart from
/// the daemon's own baselines.
///
/// - Source: Hyndman & Athanasopoulos 2021, "Forecasting: principles and practice", §5.2 and §5.5.
struct NaiveForecast: Sendable {
  /// In steps; 1 is naive.
  let season: Int
  private var learnedCount = 0
  private var squares = 0.0
  private var count = 0

  init(season: Int) { self.season = season }

  /// The newest known value that is whole seasons before each target; not a number where there is
  /// none.
  ///
  /// - Parameter history: up to the origin.
  func values(_ history: ArraySlice<Double>, horizon: Int) -> [Double] {
    (1...horizon).map { step in
      var row = history.endIndex - 1 + step - (step + season - 1) / season * season
      while row >= history.startIndex {
        if history[row].isFinite { return history[row] }
        row -= season
      }
      return .nan
    }
  }

  /// Takes in the errors of the rows since the last call.
  mutating func learn(_ history: ArraySlice<Double>) {
    for row in max(learnedCount, season)..<max(history.endIndex, season) {
      let error = history[row] - history[row - season]
      guard error.isFinite else { continue }
      squares += error * error
      count += 1
    }
    learnedCount = history.endIndex
  }

  /// The standard deviation of the forecast at a step, from 0; 0 before there was an error.
  func deviation(step: Int) -> Double {
    guard count > 0 else { return 0 }
    return (squares / Double(count) * Double(step / season + 1)).squareRoot()
  }
}

extension ScoredLevels {
  /// The standard normal distribution's quantiles at the levels, to nine digits.
  ///
  /// - Source: bisection of `erfc`.
  var normalScores: [Double] {
    levels.map { level in
      var low = -9.0
      var high = 9.0
      for _ in 0..<64 {
        let middle = (low + high) / 2
        if erfc(-middle / 2.0.squareRoot()) / 2 < level { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
  }
}
