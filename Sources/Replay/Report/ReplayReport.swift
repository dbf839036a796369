package import MetricFormats
package import Scores
package import TimeSeries

/// The result of a replay.
package struct ReplayReport: Sendable {
  package struct Series: Sendable, Equatable {
    package var key: String
    package var stream: String
    /// Buckets, including those without a point.
    package var steps: Int
    package var missingSteps: Int
    package var forecasts: Int
    package var anomalies: Int
    /// Of all forecasts made after the first fifth of the series' steps.
    package var score: NaiveComparison
  }

  package struct Stream: Sendable, Equatable {
    package var name: String
    package var intervalMilliseconds: Milliseconds
    /// Season of the seasonal naive forecast in steps; 1 is naive.
    package var naiveSeason: Int
  }

  package var files: Int
  package var bytes: Int
  package var streams: [Stream]
  /// Sorted by key.
  package var series: [Series]
  package var points: Int
  package var missingValues: Int
  package var forecastRecords: Int
  package var anomalies: Int
  package var deadLetters: Int
  /// Counts by the name of the reason; only reasons that occurred.
  package var drops: [String: Int]
  package var retrainings: [TrainingRecord]
  /// Lines about times that can hardly be meant.
  package var timeNotices: [String]
  /// Wall time. The written report leaves it out, so that equal replays have equal reports.
  package var seconds: Double

  package var steps: Int { series.reduce(0) { $0 + $1.steps } }
  /// Series whose forecasts and seasonal naive forecasts have common targets.
  package var comparedSeries: [Series] { series.filter { $0.score.count > 0 } }
  package var seriesBelowSeasonalNaive: Int {
    comparedSeries.count { $0.score.isBelowNaive }
  }

  /// Median of the series' error ratios; not a number where none is known.
  package var medianRatio: Double {
    let ratios = comparedSeries.map(\.score.ratio).filter(\.isFinite).sorted()
    return ratios.isEmpty ? .nan : ratios[ratios.count / 2]
  }

  package var coverage: Double {
    var total = NaiveComparison()
    for series in series { total.add(series.score) }
    return total.coverage.share
  }
}
