import Detection
import Forecasting
package import MetricFormats
package import Pipeline
package import TimeSeries

/// Streams for files without a configuration: one for each sampling interval, named like
/// `every-1m`. Its seasons are those that series of this interval usually have, until a training
/// finds others.
///
/// Only the beginning of each file is read, so that the forecaster knows nothing of later values.
package enum StreamGuess {
  /// - Throws: where a file cannot be read, or there is no series in any.
  package static func streams(
    files: [ReplayFile], lineFormat: InputFormat
  ) throws(ReplayError) -> [StreamSettings] {
    let survey = try SeriesSurvey(files: files, lineFormat: lineFormat)
    guard !survey.series.isEmpty else { throw .noSeries }
    guard survey.hasTimes else { return [try indexStream(of: survey)] }
    var groups: [Milliseconds: [SeriesKey]] = [:]
    var spans: [Milliseconds: [Milliseconds]] = [:]
    for (key, series) in survey.series {
      guard let interval = series.interval.rounded else { continue }
      groups[interval, default: []].append(SeriesKey(canonical: key))
      spans[interval, default: []].append(series.span)
    }
    // Series with a single point show no interval.
    if groups.isEmpty {
      groups[60_000] = []
      spans[60_000] = [0]
    }
    // The largest group comes last and matches all other series, so that the patterns are few.
    let intervals = groups.keys.sorted {
      let (left, right) = (groups[$0]?.count ?? 0, groups[$1]?.count ?? 0)
      return left == right ? $0 < $1 : left < right
    }
    var streams: [StreamSettings] = []
    do {
      for interval in intervals {
        let patterns =
          interval == intervals.last
          ? [try SeriesPattern("*")]
          : try Self.patterns(of: groups[interval] ?? [], besides: groups, interval: interval)
        let ordered = (spans[interval] ?? []).sorted()
        streams.append(
          try stream(
            interval: interval, patterns: patterns,
            span: ordered.isEmpty ? 0 : ordered[ordered.count / 2]))
      }
    } catch {
      throw .settings("\(error)")
    }
    return streams
  }

  /// The only stream of files that number their rows; the trainer finds its seasons.
  private static func indexStream(of survey: SeriesSurvey) throws(ReplayError) -> StreamSettings {
    let spans = survey.series.values.map(\.span).sorted()
    do {
      var settings = try stream(
        interval: CSVTimes.indexInterval, patterns: [try SeriesPattern("*")],
        span: spans[spans.count / 2])
      settings.name = "by-index"
      settings.model.seasons = []
      settings.takeTimeAsIndex(interval: CSVTimes.indexInterval)
      return settings
    } catch {
      throw .settings("\(error)")
    }
  }

  private static let minute: Milliseconds = 60_000
  private static let hour = 60 * minute
  private static let day = 24 * hour

  /// - Parameter span: from the first to the last point of a series of the stream.
  static func stream(
    interval: Milliseconds, patterns: [SeriesPattern], span: Milliseconds
  ) throws(TimeSeriesError) -> StreamSettings {
    let steps = Int(span / interval)
    let model = ModelSettings(
      interval: interval, seasons: seasons(interval: interval, span: span))
    var training = TrainingSettings()
    training.minimumHistory = min(192, max(64, steps / 8))
    let period = Milliseconds(max(24, steps / 10)) * interval
    var settings = StreamSettings(
      name: "every-" + SamplingInterval.name(interval), patterns: patterns,
      alignment: AlignmentSettings(interval: interval), model: model, training: training,
      retraining: try Schedule(every: min(period, 366 * day)), anomalies: AnomalySettings())
    settings.findsSeasons = true
    settings.publishedQuantiles = ForecastLevels.published
    return settings
  }

  /// The usual seasons of an interval of which the series hold two.
  static func seasons(interval: Milliseconds, span: Milliseconds) -> [Int] {
    // An hour counts only where there are more than three.
    let lengths = interval < minute && span <= 3 * hour ? [] : usualSeasons(interval: interval)
    return lengths.filter { $0 >= 2 * interval && span >= 2 * $0 }.map { Int($0 / interval) }
  }

  /// The lengths of the seasons that series of an interval usually have: a day, and a week where
  /// steps are an hour or more; an hour where they are shorter than a minute.
  package static func usualSeasons(interval: Milliseconds) -> [Milliseconds] {
    switch interval {
    case ..<minute: [hour]
    case hour...: [day, 7 * day]
    default: [day]
    }
  }

  /// A pattern for each name, or for each series where the name also has series of other intervals.
  private static func patterns(
    of keys: [SeriesKey], besides groups: [Milliseconds: [SeriesKey]], interval: Milliseconds
  ) throws(TimeSeriesError) -> [SeriesPattern] {
    var elsewhere: Set<String> = []
    for (other, keys) in groups where other != interval {
      for key in keys { elsewhere.insert(key.name) }
    }
    var texts: Set<String> = []
    for key in keys {
      var text = SeriesPattern.escaped(key.name)
      if elsewhere.contains(key.name) {
        for label in key.labels {
          text += "," + SeriesPattern.escaped(label.name) + "=" + SeriesPattern.escaped(label.value)
        }
      }
      texts.insert(text)
    }
    var patterns: [SeriesPattern] = []
    for text in texts.sorted() { patterns.append(try SeriesPattern(text)) }
    return patterns
  }
}
