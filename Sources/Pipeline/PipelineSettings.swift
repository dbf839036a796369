package import Calibration
package import Detection
package import Forecasting
package import TimeSeries

/// Settings of one stream: a group of series that share a model, an interval and a schedule.
package struct StreamSettings: Sendable {
  package var name: String
  /// A series belongs to the first stream that has a pattern matching it.
  package var patterns: [SeriesPattern]
  package var alignment: AlignmentSettings
  /// Settings of the untrained model. A trained model may have other seasons if `findsSeasons` is
  /// set.
  package var model: ModelSettings
  /// Whether the trainer looks for seasons in the histories.
  package var findsSeasons = false
  /// Whether a lasting rise of the forecast error brings the next retraining forward.
  package var retrainsOnDrift = true
  /// Whether anybody asks for the drift of the stream's errors; otherwise none is recorded.
  var watchesDrift: Bool { retraining != nil && retrainsOnDrift }
  /// Levels of the quantiles in a record, ascending. Each is one of `model.quantiles`; the default
  /// is all of them.
  package var publishedQuantiles: [Double]
  package var training: TrainingSettings
  /// When the model is retrained, in event time. `nil`: never.
  package var retraining: Schedule?
  /// No first training is due before this event time. `nil`: it is due as soon as there is enough
  /// history.
  package var firstTraining: Milliseconds?
  package var anomalies: AnomalySettings
  /// Which series form groups, whose incidents are looked at together. `nil`: none do.
  package var grouping: SeriesGrouping?
  package var calibration = CalibrationSettings()
  /// The maintenance windows and holidays that are configured.
  package var planned = PlannedWindows.none
  /// The forecast of a series is published at every n-th step, counted on the time grid.
  package var forecastEverySteps = 1
  /// The largest number of this stream's series in one partition. A further series displaces the
  /// longest silent one. If none has missed a bucket, its points become dead letters.
  package var seriesMaximum = 100_000
  /// How long a series may be silent, in event time, before it is forgotten. `nil`: the longer of
  /// seven days and two windows.
  package var configuredSeriesExpiry: Milliseconds?

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

  /// Makes time an index: every value is one step, and the model gets no calendar.
  ///
  /// - Parameter interval: the difference between the times of two successive values, as the source
  ///   numbers them.
  package mutating func takeTimeAsIndex(interval: Milliseconds) {
    alignment = .index(interval: interval, maximumGap: alignment.maximumGap)
    model.interval = interval
    model.timeZone = nil
  }

  /// Whether the stream can use a model with these settings. Seasons may differ if `findsSeasons`
  /// is set.
  package func accepts(_ settings: ModelSettings) -> Bool {
    var settings = settings
    if findsSeasons { settings.seasons = model.seasons }
    return settings == model
  }

  /// Time span of the values that are kept for each series. A state that is rebuilt from the log
  /// needs the records of this span.
  package var windowMilliseconds: Milliseconds {
    let found = findsSeasons ? ModelSettings.ringSeasonMaximum + model.horizon : 0
    return Int64(max(model.ringCapacity, found)) * alignment.interval
  }

  /// How long a series may be silent before it is forgotten: as it is set, but never while missing
  /// buckets still make steps.
  package var seriesExpiry: Milliseconds {
    max(
      configuredSeriesExpiry ?? max(7 * 86_400_000, 2 * windowMilliseconds),
      Int64(alignment.maximumGap + 1) * alignment.interval + alignment.allowedLateness)
  }
}

/// Settings that all workers of a process share.
package struct PipelineSettings: Sendable {
  package var streams: [StreamSettings]
  package var limits = BatchLimits()
  package var commitIntervalMilliseconds: Milliseconds = 100
  package var snapshotIntervalMilliseconds: Milliseconds = 60_000
  /// How long a partition may be silent, in wall time, before the clock closes its buckets.
  package var idleMilliseconds: Milliseconds = 30_000
  /// How long, in log time, a channel of a router is waited for of which no router speaks.
  package var stallMilliseconds: Milliseconds = 60_000
  /// Whether the inputs are in the order of time, as files are: each point moves the watermark.
  package var isInOrder = false
  /// Where reading starts in a partition for which the group has committed nothing.
  package var start: StartOffset = .earliest
  /// Whether the sink is transactional. If it is, an abort also undoes the changes in memory.
  package var isTransactional = false
  /// Whether messages that cannot be used are written to the dead-letter topic. They are counted in
  /// any case.
  package var sendsDeadLetters = true
  /// The most bytes of a message's value that a dead letter contains.
  package var deadLetterBytesMaximum = 900_000
  package var sendsReports = true
  package var seed: UInt64 = 1

  package init(streams: [StreamSettings]) { self.streams = streams }

  /// Whether times are indexes. Streams of both kinds cannot share a partition, because a partition
  /// has one watermark.
  package var timeIsIndex: Bool { streams.contains { $0.alignment.timeIsIndex } }
}
