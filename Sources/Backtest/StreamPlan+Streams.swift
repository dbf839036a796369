import Forecasting
import Pipeline
import Replay
import TimeSeries

extension StreamPlan {
  /// The streams that have series, and the numbers of these.
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
      streams.append((try adjusted(settings, options), series))
    }
    return streams
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

  /// One stream of each sampling interval, seen from the first points of each series.
  private static func guessed(
    _ history: History, _ options: BacktestOptions
  ) throws(BacktestError) -> [(settings: StreamSettings, series: [Int])] {
    var members: [Milliseconds: [Int]] = [:]
    for (index, entry) in history.series.enumerated() where !entry.times.isEmpty {
      var sampling = SamplingInterval()
      for time in entry.times.prefix(128) { sampling.observe(time) }
      members[options.interval ?? sampling.rounded ?? 60_000, default: []].append(index)
    }
    var streams: [(settings: StreamSettings, series: [Int])] = []
    do throws(TimeSeriesError) {
      for (interval, series) in members.sorted(by: { $0.key < $1.key }) {
        let seasons = options.seasons ?? usualSeasons(interval: interval)
        let period = Milliseconds(options.retrainEvery ?? seasons.last ?? 168) * interval
        let stream = StreamSettings(
          name: "every-" + SamplingInterval.name(interval), patterns: [try SeriesPattern("*")],
          alignment: AlignmentSettings(interval: interval),
          model: ModelSettings(interval: interval, seasons: seasons), training: TrainingSettings(),
          retraining: try Schedule(every: period), anomalies: AnomalySettings())
        streams.append((stream, series))
      }
    } catch {
      throw .settings("\(error)")
    }
    return streams
  }

  /// A day, and a week where steps are an hour or more; an hour where they are less than a minute.
  private static func usualSeasons(interval: Milliseconds) -> [Int] {
    let hour: Milliseconds = 3_600_000
    let lengths =
      switch interval {
      case ..<60_000: [hour]
      case hour...: [24 * hour, 168 * hour]
      default: [24 * hour]
      }
    return lengths.filter { $0 >= 2 * interval && $0 % interval == 0 }.map { Int($0 / interval) }
  }

  /// The settings with what the options say.
  private static func adjusted(
    _ settings: StreamSettings, _ options: BacktestOptions
  ) throws(BacktestError) -> StreamSettings {
    var stream = settings
    if let interval = options.interval {
      stream.alignment.interval = interval
      stream.model.interval = interval
    }
    if let seasons = options.seasons { stream.model.seasons = seasons.sorted() }
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
