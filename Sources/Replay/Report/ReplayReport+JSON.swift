import FoundationEssentials

extension ReplayReport {
  /// The report as `report.json`; numbers that are not known are absent.
  package func json() throws(ReplayError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    do {
      return Array(try encoder.encode(Document(self))) + [UInt8(ascii: "\n")]
    } catch {
      throw .settings("the report cannot be written as JSON: \(error)")
    }
  }

  private struct Document: Encodable {
    var files: Int
    var points: Int
    var missingValues: Int
    var steps: Int
    var forecasts: Int
    var anomalies: Int
    var deadLetters: Int
    var drops: [String: Int]
    var comparedSeries: Int
    var seriesBelowSeasonalNaive: Int
    var medianErrorRatio: Double?
    var coverage: Double?
    var streams: [StreamDocument]
    var retrainings: [ScoreBoard.Retraining]
    var series: [SeriesDocument]

    private enum CodingKeys: String, CodingKey {
      case files, points, steps, forecasts, anomalies, drops, coverage, streams, retrainings, series
      case missingValues = "missing_values"
      case deadLetters = "dead_letters"
      case comparedSeries = "compared_series"
      case seriesBelowSeasonalNaive = "series_below_seasonal_naive"
      case medianErrorRatio = "median_error_ratio"
    }

    init(_ report: ReplayReport) {
      files = report.files
      points = report.points
      missingValues = report.missingValues
      steps = report.steps
      forecasts = report.forecastRecords
      anomalies = report.anomalies
      deadLetters = report.deadLetters
      drops = report.drops
      comparedSeries = report.comparedSeries.count
      seriesBelowSeasonalNaive = report.seriesBelowSeasonalNaive
      medianErrorRatio = report.medianRatio.ifFinite
      coverage = report.coverage.ifFinite
      streams = report.streams.map(StreamDocument.init)
      retrainings = report.retrainings
      series = report.series.map(SeriesDocument.init)
    }
  }

  private struct StreamDocument: Encodable {
    var name: String
    var interval: Int64
    var naiveSeason: Int

    private enum CodingKeys: String, CodingKey {
      case name, interval
      case naiveSeason = "naive_season"
    }

    init(_ stream: Stream) {
      name = stream.name
      interval = stream.intervalMilliseconds
      naiveSeason = stream.naiveSeason
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

    private enum CodingKeys: String, CodingKey {
      case series, stream, steps, forecasts, anomalies, mae, coverage
      case missingSteps = "missing_steps"
      case seasonalNaiveMAE = "seasonal_naive_mae"
    }

    init(_ series: Series) {
      self.series = series.key
      stream = series.stream
      steps = series.steps
      missingSteps = series.missingSteps
      forecasts = series.forecasts
      anomalies = series.anomalies
      mae = series.score.medianMAE.ifFinite
      seasonalNaiveMAE = series.score.naiveMAE.ifFinite
      coverage = series.score.coverage.ifFinite
    }
  }
}

extension Double {
  fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
