import Forecasting
import MetricFormats
import Pipeline
import Replay
import Scores
import TimeSeries

extension BacktestReport {
  /// The report as `report.json`; docs/backtest.md says what each number means. What is not known
  /// is absent.
  package func json() throws(BacktestError) -> [UInt8] {
    do throws(ReplayError) {
      return try ReportJSON.encode(Document(self))
    } catch {
      throw .settings("\(error)")
    }
  }

  private struct Document: Encodable {
    var settings: SettingsDocument
    var files: Int
    var points: Int
    var missingValues: Int
    var unusableValues: Int
    var notices: [String]?
    var forecasts: Int
    var overall: AccuracyDocument
    var streams: [StreamDocument]
    var series: [SeriesDocument]
    var retrainings: [RetrainingDocument]

    init(_ report: BacktestReport) {
      settings = SettingsDocument(report.options)
      files = report.files
      points = report.pointCount
      missingValues = report.missingValues
      unusableValues = report.unusableValues
      notices = report.timeNotices.isEmpty ? nil : report.timeNotices
      forecasts = report.forecastCount
      overall = AccuracyDocument(report.overall)
      streams = report.streams.map(StreamDocument.init)
      series = report.series.map(SeriesDocument.init)
      retrainings = report.retrainings.map(RetrainingDocument.init)
    }
  }

  private struct SettingsDocument: Encodable {
    var from: String
    var to: String?
    var every: Int
    var seed: UInt64

    init(_ options: BacktestOptions) {
      from = "\(options.from)"
      to = options.to.map { "\($0)" }
      every = options.every
      seed = options.seed
    }
  }

  private struct StreamDocument: Encodable {
    var name: String
    /// `clock` or `index`.
    var time: String
    var intervalMilliseconds: Milliseconds
    var seasons: [Int]
    var horizon: Int
    var quantiles: [Double]
    var hiddenSize: Int
    var series: Int
    var steps: Int
    var retrainings: Int
    var adopted: Int
    var accuracy: AccuracyDocument

    init(_ result: StreamResult) {
      let stream = result.plan.stream
      name = stream.name
      time = stream.alignment.timeIsIndex ? "index" : "clock"
      intervalMilliseconds = stream.alignment.interval
      seasons = result.seasons
      horizon = stream.model.horizon
      quantiles = stream.model.quantiles
      hiddenSize = stream.model.hiddenSize
      series = result.scores.count
      steps = result.stepCount
      retrainings = result.retrainings.count
      adopted = result.retrainings.count { $0.isAdopted }
      accuracy = AccuracyDocument(Accuracy(of: result.scores))
    }
  }

  private struct AccuracyDocument: Encodable {
    struct Row: Encodable {
      var mase: Double?
      var mWQL: Double?
      var lossRatio: Double?

      init(_ row: Accuracy.Row) {
        mase = row.scaledError.ifFinite
        mWQL = row.weightedLoss.ifFinite
        lossRatio = row.lossRatio.ifFinite
      }

      private enum CodingKeys: String, CodingKey {
        case mase, lossRatio
        case mWQL = "mwql"
      }
    }

    struct Extreme: Encodable {
      var series: String
      var value: Double
    }

    var targets: Int
    var mase: Double?
    var mwql: Double?
    var coverage80: Double?
    var coverage95: Double?
    var furthestCoverage80: Extreme?
    var worstMase: Extreme?
    var network: Row
    var baselines: [String: Row]
    /// Share of the forecasts by who made them.
    var forecasters: [String: Double]

    init(_ accuracy: Accuracy) {
      targets = accuracy.targets
      mase = accuracy.published.scaledError.ifFinite
      mwql = accuracy.published.weightedLoss.ifFinite
      coverage80 = accuracy.coverage80
      coverage95 = accuracy.coverage95
      furthestCoverage80 = accuracy.furthestCoverage.map { Extreme(series: $0, value: $1) }
      worstMase = accuracy.worst.map { Extreme(series: $0, value: $1) }
      baselines = Dictionary(
        uniqueKeysWithValues: accuracy.baselines.map { ($0.name, Row($0)) })
      network = Row(accuracy.network)
      forecasters = Dictionary(
        uniqueKeysWithValues: accuracy.forecasters.map {
          ($0.forecaster.name.description, $0.share)
        })
    }
  }

  private struct SeriesDocument: Encodable {
    struct Score: Encodable {
      var mase: Double?
      var meanAbsoluteError: Double?
      var quantileLoss: Double?
      var absoluteErrorByStep: [Double?]

      init(_ score: ForecastScore, of series: SeriesScores) {
        mase = series.scaled(score.meanError).ifFinite
        meanAbsoluteError = score.meanError.ifFinite
        quantileLoss = score.meanLoss.ifFinite
        absoluteErrorByStep = (0..<score.horizon).map { score.meanError(step: $0).ifFinite }
      }
    }

    var name: String
    var stream: String
    var forecasts: Int
    var targets: Int
    /// Mean absolute seasonal difference before the first origin.
    var scale: Double?
    var forecastd: Score
    var network: Score
    var baselines: [String: Score]
    var forecasters: [String: Int]
    var coverage80: Double?
    var coverage95: Double?
    /// Share of the targets at or below each quantile.
    var observedLevels: [Double?]

    init(_ series: SeriesScores) {
      name = series.name
      stream = series.stream
      forecasts = series.forecastCount
      targets = series.forecast.count
      scale = series.scale.ifFinite
      forecastd = Score(series.forecast, of: series)
      network = Score(series.network, of: series)
      baselines = Dictionary(
        uniqueKeysWithValues: BaselineKind.allCases.compactMap { kind in
          let score = series.baselines[kind.rawValue].baseline
          return score.count == 0 ? nil : (kind.key, Score(score, of: series))
        })
      forecasters = Dictionary(
        uniqueKeysWithValues: Forecaster.allCases.compactMap { forecaster in
          let count = series.forecasters[forecaster.number]
          return count == 0 ? nil : (forecaster.name.description, count)
        })
      coverage80 = series.forecast.coverage(of: 0.8)?.ifFinite
      coverage95 = series.forecast.coverage(of: 0.95)?.ifFinite
      observedLevels = series.forecast.observedLevels.map(\.ifFinite)
    }
  }

  /// A training as its record has it, but for the times of the clock, which differ between equal
  /// backtests.
  private struct RetrainingDocument: Encodable {
    var stream: String
    var model: Int
    var champion: Int?
    var adopted: Bool
    var championLoss: Double?
    var challengerLoss: Double?
    var trainedThrough: Milliseconds
    var evaluatedFrom: Milliseconds
    var gradientNormMean: Double?
    var gradientNormMax: Double?
    var clippedShare: Double?
    var steps: Int
    var bestStep: Int?
    var stoppedEarly: Bool
    var samples: Int
    var digest: String

    init(_ record: TrainingRecord) {
      stream = record.stream
      model = record.modelVersion
      champion = record.championVersion
      adopted = record.isAdopted
      championLoss = record.championLoss
      challengerLoss = record.challengerLoss.ifFinite
      trainedThrough = record.trainedThrough
      evaluatedFrom = record.evaluatedFrom
      gradientNormMean = record.gradientNormMean.ifFinite
      gradientNormMax = record.gradientNormMax.ifFinite
      clippedShare = record.clippedShare.ifFinite
      steps = record.stepCount
      bestStep = record.bestStep
      stoppedEarly = record.stoppedEarly
      samples = record.sampleCount
      digest = record.digest
    }
  }
}
