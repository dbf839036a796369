import MetricFormats
import Scores

extension ReplayReport {
  /// The report as `report.json`; numbers that are not known are absent.
  package func json() throws(ReplayError) -> [UInt8] { try ReportJSON.encode(Document(self)) }

  private struct Document: Encodable {
    var files: Int
    var points: Int
    var missingValues: Int
    var steps: Int
    var forecasts: Int
    var anomalies: Int
    var deadLetters: Int
    var drops: [String: Int]
    var notices: [String]?
    var comparedSeries: Int
    var seriesBelowSeasonalNaive: Int
    var medianErrorRatio: Double?
    var coverage: Double?
    var streams: [StreamDocument]
    var retrainings: [RetrainingDocument]
    var series: [SeriesDocument]

    init(_ report: ReplayReport) {
      files = report.files
      points = report.points
      missingValues = report.missingValues
      steps = report.steps
      forecasts = report.forecastRecords
      anomalies = report.anomalies
      deadLetters = report.deadLetters
      drops = report.drops
      notices = report.timeNotices.isEmpty ? nil : report.timeNotices
      comparedSeries = report.comparedSeries.count
      seriesBelowSeasonalNaive = report.seriesBelowSeasonalNaive
      medianErrorRatio = report.medianRatio.ifFinite
      coverage = report.coverage.ifFinite
      streams = report.streams.map(StreamDocument.init)
      retrainings = report.retrainings.map(RetrainingDocument.init)
      series = report.series.map(SeriesDocument.init)
    }
  }

  private struct StreamDocument: Encodable {
    var name: String
    var interval: Int64
    var naiveSeason: Int

    init(_ stream: Stream) {
      name = stream.name
      interval = stream.intervalMilliseconds
      naiveSeason = stream.naiveSeason
    }
  }

  private struct RetrainingDocument: Encodable {
    var stream: String
    var model: Int
    var championLoss: Double?
    var challengerLoss: Double?
    var adopted: Bool

    init(_ record: TrainingRecord) {
      stream = record.stream
      model = record.modelVersion
      championLoss = record.championLoss
      challengerLoss = record.challengerLoss.ifFinite
      adopted = record.isAdopted
    }
  }

  private struct SeriesDocument: Encodable {
    var series: String
    var stream: String
    var steps: Int
    var missingSteps: Int
    var forecasts: Int
    var anomalies: Int
    var mae: Double?
    var seasonalNaiveMAE: Double?
    var coverage: Double?

    init(_ series: Series) {
      self.series = series.key
      stream = series.stream
      steps = series.steps
      missingSteps = series.missingSteps
      forecasts = series.forecasts
      anomalies = series.anomalies
      mae = series.score.median.mean.ifFinite
      seasonalNaiveMAE = series.score.naive.mean.ifFinite
      coverage = series.score.coverage.share.ifFinite
    }
  }
}
