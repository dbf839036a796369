import Detection
import Forecasting
import MetricFormats
import Pipeline
import Replay
import TimeSeries

extension StreamPlan {
  /// The streams that have series, and the indexes of these series.
  static func streams(
    _ history: History, _ options: BacktestOptions
  ) throws(BacktestError) -> [(settings: StreamSettings, series: [Int])] {
    let found =
      if let configuration = options.configuration {
        configured(history, configuration)
      } else {
        try guessed(history, options)
      }
    guard !found.isEmpty else {
      throw .settings(
        "no series of the files matches a stream of the configuration: see its match patterns")
    }
    var streams: [(settings: StreamSettings, series: [Int])] = []
    for (settings, series) in found {
      var settings = settings
      if series.contains(where: { !history.series[$0].hasTimes }) {
        try takeTimeAsIndex(&settings, series.map { history.series[$0] }, history, options)
      }
      streams.append((try adjusted(settings, options), series))
    }
    return streams
  }

  /// Makes the time of a stream an index, as its files have it, whatever the configuration says.
  private static func takeTimeAsIndex(
    _ stream: inout StreamSettings, _ series: [History.Series], _ history: History,
    _ options: BacktestOptions
  ) throws(BacktestError) {
    guard series.allSatisfy({ !$0.hasTimes }) else {
      throw .settings(
        "stream '\(stream.name)' has series with times and others whose rows are only numbered: "
          + "use files of one kind")
    }
    guard options.interval == nil || history.testLength != nil else {
      throw .settings(
        "--interval: the rows of '\(series[0].name)' are only numbered, so there is no time between "
          + "them; give --season in rows")
    }
    if !stream.alignment.timeIsIndex { stream.takeTimeAsIndex(interval: CSVTimes.indexInterval) }
  }

  private static func configured(
    _ history: History, _ configuration: PipelineSettings
  ) -> [(settings: StreamSettings, series: [Int])] {
    var members = Array(repeating: [Int](), count: configuration.streams.count)
    for (index, entry) in history.series.enumerated() where !entry.times.isEmpty {
      let key = SeriesKey(canonical: entry.key)
      let stream = configuration.streams.firstIndex { stream in
        stream.patterns.contains { $0.matches(key) }
      }
      if let stream { members[stream].append(index) }
    }
    return zip(configuration.streams, members).filter { !$1.isEmpty }.map { ($0, $1) }
  }

  /// One stream for each sampling interval, estimated from the first points of each series, and one
  /// for all series without times.
  private static func guessed(
    _ history: History, _ options: BacktestOptions
  ) throws(BacktestError) -> [(settings: StreamSettings, series: [Int])] {
    var members: [Milliseconds: [Int]] = [:]
    var untimed: [Int] = []
    for (index, entry) in history.series.enumerated() where !entry.times.isEmpty {
      guard entry.hasTimes else {
        untimed.append(index)
        continue
      }
      var sampling = SamplingInterval()
      for time in entry.times.prefix(128) { sampling.observe(time) }
      members[options.interval ?? sampling.rounded ?? 60_000, default: []].append(index)
    }
    var streams: [(settings: StreamSettings, series: [Int])] = []
    do throws(TimeSeriesError) {
      for (interval, series) in members.sorted(by: { $0.key < $1.key }) {
        let stream = try guess(
          "every-" + SamplingInterval.name(interval), interval,
          seasons: usualSeasons(interval: interval), options)
        streams.append((stream, series))
      }
      if !untimed.isEmpty {
        // The steps of a test table have the usual seasons of --interval.
        let isTest = history.testLength != nil
        let interval = isTest ? options.interval ?? CSVTimes.indexInterval : CSVTimes.indexInterval
        let seasons = isTest ? usualSeasons(interval: interval) : []
        streams.append((try guess("by-index", interval, seasons: seasons, options), untimed))
      }
    } catch {
      throw .settings("\(error)")
    }
    return streams
  }

  private static func guess(
    _ name: String, _ interval: Milliseconds, seasons: [Int], _ options: BacktestOptions
  ) throws(TimeSeriesError) -> StreamSettings {
    var stream = StreamSettings(
      name: name, patterns: [try SeriesPattern("*")],
      alignment: AlignmentSettings(interval: interval),
      model: ModelSettings(interval: interval, seasons: seasons), training: TrainingSettings(),
      retraining: nil, anomalies: AnomalySettings())
    stream.findsSeasons = true
    options.seasons?.apply(to: &stream)
    let period = options.retrainEvery ?? stream.model.seasons.last ?? 168
    stream.retraining = try Schedule(every: Milliseconds(period) * interval)
    return stream
  }

  /// The usual seasons of an interval that are whole numbers of steps.
  private static func usualSeasons(interval: Milliseconds) -> [Int] {
    StreamGuess.usualSeasons(interval: interval)
      .filter { $0 >= 2 * interval && $0 % interval == 0 }.map { Int($0 / interval) }
  }

  /// The settings, changed as the options say.
  private static func adjusted(
    _ settings: StreamSettings, _ options: BacktestOptions
  ) throws(BacktestError) -> StreamSettings {
    var stream = settings
    if let interval = options.interval {
      stream.alignment.interval = interval
      stream.model.interval = interval
    }
    options.seasons?.apply(to: &stream)
    if let horizon = options.horizon { stream.model.horizon = horizon }
    if let quantiles = options.quantiles {
      stream.model.quantiles = ForecastLevels.computed(with: quantiles)
      stream.publishedQuantiles = quantiles
    } else if options.configuration == nil {
      stream.model.quantiles = ForecastLevels.standard
      stream.publishedQuantiles = ForecastLevels.published
    }
    do {
      if let steps = options.retrainEvery {
        stream.retraining = try Schedule(every: Milliseconds(steps) * stream.alignment.interval)
      }
      try stream.alignment.validate()
      try stream.model.validate()
      try stream.training.validate()
    } catch {
      throw .settings("\(error)")
    }
    return stream
  }
}
