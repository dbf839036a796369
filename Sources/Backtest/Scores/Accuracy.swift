import Scores
package import TimeSeries

/// The accuracy of forecasts over several series, and of the baselines at the same targets.
package struct Accuracy: Sendable, Equatable {
  /// The errors of the daemon, of the network alone or of a baseline.
  package struct Row: Sendable, Equatable {
    package var name: String
    package var title: String
    /// Mean over series of the median's mean absolute scaled error.
    package var scaledError: Double
    /// Quantile loss of all targets as a share of their absolute sum.
    package var weightedLoss: Double
    /// Geometric mean over series of the daemon's quantile loss as a share of this row's, at the
    /// targets of which this row has a forecast.
    package var lossRatio: Double
  }

  package var targets: Int
  /// The daemon's forecasts, as they are published but for the rounding.
  package var published: Row
  /// The network alone, before calibration, whoever made the published forecast.
  package var network: Row
  /// The baselines that have a forecast.
  package var baselines: [Row]
  /// The share of the forecasts that each forecaster made, of those that made any.
  package var forecasters: [(forecaster: Forecaster, share: Double)]
  /// Shares within the 80 % and the 95 % interval; `nil` where their ends are no levels.
  package var coverage80: Double?
  package var coverage95: Double?
  /// The series whose 80 % interval covers the share that is furthest from 0.8.
  package var furthestCoverage: (series: String, coverage: Double)?
  /// The series with the largest scaled error.
  package var worst: (series: String, scaledError: Double)?

  package static func == (left: Accuracy, right: Accuracy) -> Bool {
    left.targets == right.targets && left.published == right.published
      && left.network == right.network && left.baselines == right.baselines
      && left.coverage80 == right.coverage80
      && left.coverage95 == right.coverage95
  }
}

extension Accuracy {
  init(of series: [SeriesScores]) {
    let compared = series.filter { $0.forecast.count > 0 }
    targets = compared.reduce(0) { $0 + $1.forecast.count }
    published = Row(name: "forecastd", title: "forecastd", compared) {
      ($0.forecast, 1)
    }
    network = Row(name: "network", title: "network alone", compared) {
      ($0.network, lossShare($0.forecast.lossSum, of: $0.network.lossSum))
    }
    baselines = BaselineKind.allCases.filter { kind in
      compared.contains { $0.baselines[kind.rawValue].baseline.count > 0 }
    }.map { kind in
      Row(name: kind.key, title: kind.title, compared) {
        ($0.baselines[kind.rawValue].baseline, $0.baselines[kind.rawValue].lossShare)
      }
    }
    let total = series.reduce(0) { $0 + $1.forecastCount }
    forecasters = Forecaster.allCases.compactMap { forecaster in
      let count = series.reduce(0) { $0 + $1.forecasters[forecaster.number] }
      return count == 0 ? nil : (forecaster: forecaster, share: Double(count) / Double(total))
    }
    coverage80 = Self.coverage(of: 0.8, compared)
    coverage95 = Self.coverage(of: 0.95, compared)
    furthestCoverage =
      compared.compactMap { entry in
        entry.forecast.coverage(of: 0.8).map { (series: entry.name, coverage: $0) }
      }.max { abs($0.coverage - 0.8) < abs($1.coverage - 0.8) }
    worst = compared.filter(\.scaledError.isFinite).max { $0.scaledError < $1.scaledError }
      .map { (series: $0.name, scaledError: $0.scaledError) }
  }

  private static func coverage(of share: Double, _ series: [SeriesScores]) -> Double? {
    var inside = 0.0
    var count = 0
    for entry in series {
      guard let coverage = entry.forecast.coverage(of: share) else { continue }
      inside += coverage * Double(entry.forecast.count)
      count += entry.forecast.count
    }
    return count == 0 ? nil : inside / Double(count)
  }
}

extension Accuracy.Row {
  fileprivate init(
    name: String, title: String, _ series: [SeriesScores],
    score: (SeriesScores) -> (ForecastScore, lossShare: Double)
  ) {
    self.name = name
    self.title = title
    let scores = series.map { score($0) }
    scaledError = mean(zip(series, scores).map { $0.scaled($1.0.meanError) })
    weightedLoss =
      scores.reduce(0) { $0 + $1.0.lossSum } / scores.reduce(0) { $0 + $1.0.absoluteSum }
    lossRatio = geometricMean(scores.map(\.lossShare))
  }
}
