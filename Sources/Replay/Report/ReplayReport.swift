package import TimeSeries

/// What a replay came to.
package struct ReplayReport: Sendable {
  package struct Series: Sendable, Equatable {
    package var key: String
    package var stream: String
    /// Buckets, those without a point included.
    package var steps: Int
    package var missingSteps: Int
    package var forecasts: Int
    package var anomalies: Int
    /// Over all forecasts made after the first fifth of the series' steps, and all their steps.
    package var score: ScoreSums

    /// The median forecast's error as a share of seasonal naive's; below 1 it is better.
    package var ratio: Double { score.medianMAE / score.naiveMAE }
    package var isBelowSeasonalNaive: Bool { score.medianMAE < score.naiveMAE }
  }

  package struct Stream: Sendable, Equatable {
    package var name: String
    package var intervalMilliseconds: Milliseconds
    /// Of the seasonal naive forecast, in steps; 1 is naive.
    package var naiveSeason: Int
  }

  package var files: Int
  package var bytes: Int
  package var streams: [Stream]
  /// By key.
  package var series: [Series]
  package var points: Int
  package var missingValues: Int
  package var forecastRecords: Int
  package var anomalies: Int
  package var deadLetters: Int
  /// By the reason's name; those that came up.
  package var drops: [String: Int]
  package var retrainings: [ScoreBoard.Retraining]
  /// Wall time; not part of the written report, which is the same for equal replays.
  package var seconds: Double

  package var steps: Int { series.reduce(0) { $0 + $1.steps } }
  /// Series of which both errors are known.
  package var comparedSeries: [Series] { series.filter { $0.score.count > 0 } }
  package var seriesBelowSeasonalNaive: Int {
    comparedSeries.count { $0.isBelowSeasonalNaive }
  }

  /// Median of the series' error ratios; not a number where none is known.
  package var medianRatio: Double {
    let ratios = comparedSeries.map(\.ratio).filter(\.isFinite).sorted()
    return ratios.isEmpty ? .nan : ratios[ratios.count / 2]
  }

  package var coverage: Double {
    var total = ScoreSums()
    for series in series { total.add(series.score) }
    return total.coverage
  }
}
