package import Calibration
package import Detection
package import Forecasting
package import TimeSeries

/// What one configured group of series shares: one model, one interval, one schedule.
package struct StreamSettings: Sendable {
  package var name: String
  /// A series belongs to the first stream of which one pattern matches it.
  package var patterns: [SeriesPattern]
  package var alignment: AlignmentSettings
  /// Of an untrained model; a trained one may have other seasons where they are found.
  package var model: ModelSettings
  /// Whether the trainer looks for seasons in the histories.
  package var findsSeasons = false
  /// Whether forecasts that have become worse for good bring the next retraining forward.
  package var retrainsOnDrift = true
  /// Levels that a record carries, ascending, each one of the model's. Default: all of them.
  package var publishedQuantiles: [Double]
  package var training: TrainingSettings
  /// When to retrain, in event time; `nil` never.
  package var retraining: Schedule?
  /// Event time before which no training is due; `nil` is as soon as there is enough history.
  package var firstTraining: Milliseconds?
  package var anomalies: AnomalySettings
  package var calibration = CalibrationSettings()
  /// A forecast is published with every n-th step of a series, counted on the time grid.
  package var forecastEverySteps = 1
  /// Series a partition may hold; points of further ones are dead letters.
  package var seriesMaximum = 100_000

  package init(
    name: String, patterns: [SeriesPattern], alignment: AlignmentSettings, model: ModelSettings,
    training: TrainingSettings, retraining: Schedule?, anomalies: AnomalySettings
  ) {
    self.name = name
    self.patterns = patterns
    self.alignment = alignment
    self.model = model
    publishedQuantiles = model.quantiles
    self.training = training
    self.retraining = retraining
    self.anomalies = anomalies
  }

  /// Makes time an index: every value is a step, and nothing knows a day or a weekend.
  ///
  /// - Parameter interval: time from one index to the next, as the source counts it.
  package mutating func takeTimeAsIndex(interval: Milliseconds) {
    alignment = .index(interval: interval, maximumGap: alignment.maximumGap)
    model.interval = interval
    model.timeZone = nil
  }

  /// Whether a model of this form is one of the stream.
  package func accepts(_ settings: ModelSettings) -> Bool {
    var settings = settings
    if findsSeasons { settings.seasons = model.seasons }
    return settings == model
  }

  /// What a window of the stream covers in time.
  package var windowMilliseconds: Milliseconds {
    let found = findsSeasons ? ModelSettings.ringSeasonMaximum + model.horizon : 0
    return Int64(max(model.ringCapacity, found)) * alignment.interval
  }
}

/// What all workers of a process share.
package struct PipelineSettings: Sendable {
  package var streams: [StreamSettings]
  package var limits = BatchLimits()
  package var commitIntervalMilliseconds: Milliseconds = 100
  package var snapshotIntervalMilliseconds: Milliseconds = 60_000
  /// How long a partition may be silent, in wall time, before the clock closes its buckets.
  package var idleMilliseconds: Milliseconds = 30_000
  /// Where a group that has committed nothing begins.
  package var start: StartOffset = .earliest
  /// Whether aborted batches must be undone in memory (the sink is transactional).
  package var isTransactional = false
  /// Whether what cannot be used goes to a topic; it is counted in any case.
  package var sendsDeadLetters = true
  /// Raw bytes kept in a dead letter.
  package var deadLetterBytesMaximum = 900_000
  package var sendsReports = true
  package var seed: UInt64 = 1

  package init(streams: [StreamSettings]) { self.streams = streams }

  /// Whether times are indexes. A partition's watermark is either of times or of indexes, so
  /// streams of both kinds cannot share one.
  package var timeIsIndex: Bool { streams.contains { $0.alignment.timeIsIndex } }
}
