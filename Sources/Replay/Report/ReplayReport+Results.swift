import Metrics
import Pipeline
import TimeSeries

extension ReplayReport {
  init(
    fileCount: Int, board: ScoreBoard, source: ReplaySource, metrics: PipelineMetrics,
    settings: PipelineSettings
  ) {
    files = fileCount
    bytes = source.totalByteCount
    streams = board.streams.map {
      Stream(name: $0.name, intervalMilliseconds: $0.interval, naiveSeason: $0.season)
    }
    series = board.scores.map { key, score in
      Series(
        key: String(decoding: key, as: UTF8.self), stream: score.stream.name,
        steps: score.stepCount, missingSteps: score.missingCount, forecasts: score.forecastCount,
        anomalies: score.anomalyCount, score: score.total(warmUpShare: ScoreBoard.warmUpShare))
    }.sorted { $0.key < $1.key }
    points = Int(metrics.points.inTime)
    missingValues = source.missingValueCount
    forecastRecords = board.forecastRecordCount
    anomalies = board.anomalyCount
    deadLetters = board.deadLetterCount
    drops = Dictionary(uniqueKeysWithValues: metrics.unused.map { ($0.reason, $0.count) })
    retrainings = board.retrainings
    timeNotices =
      source.hasTimes && !settings.timeIsIndex
      ? Self.timeNotices(source.seriesTimes, settings.streams) : []
    seconds = 0
  }

  private static func timeNotices(_ times: SeriesTimes, _ streams: [StreamSettings]) -> [String] {
    var unlikely = UnlikelyTimes()
    for (key, entry) in times.entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let series = SeriesKey(canonical: key)
      let stream = streams.first { $0.patterns.contains { $0.matches(series) } }
      guard let stream else { continue }
      unlikely.add(
        series: String(decoding: key, as: UTF8.self), pointCount: entry.pointCount,
        first: entry.first, last: entry.last, alignment: stream.alignment)
    }
    return unlikely.notices
  }
}
