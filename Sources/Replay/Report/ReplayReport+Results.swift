import Metrics
import Pipeline
import TimeSeries

extension ReplayReport {
  init(
    fileCount: Int, board: ScoreBoard, source: ReplaySource, metrics: PipelineMetrics
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
    seconds = 0
  }
}
