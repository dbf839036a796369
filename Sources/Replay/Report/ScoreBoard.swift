import Forecasting
import MetricFormats
package import Pipeline
package import TimeSeries

/// Collects the numbers of a replay's report: it observes every step and forecast as the worker
/// computes them, and counts the records on their way to the sink.
package final class ScoreBoard: PipelineObserver, RecordSink {
  /// Series that are scored; the report leaves further ones out.
  private static let scoredSeriesMaximum = 20_000
  /// The first share of a series' steps, whose forecasts are not scored.
  static let warmUpShare = 0.2

  private let sink: any RecordSink
  let streams: [ScoredStream]
  private(set) var scores: [[UInt8]: SeriesScore] = [:]
  private(set) var retrainings: [TrainingRecord] = []
  private(set) var forecastRecordCount = 0
  private(set) var anomalyCount = 0
  private(set) var deadLetterCount = 0
  /// The series of the previous call: a step is followed by its forecast.
  private var latest: (key: [UInt8], score: SeriesScore)?

  /// - Parameter seasons: seasons of the streams' seasonal naive forecasts, in steps; 1 is naive.
  init(before sink: any RecordSink, streams: [StreamSettings], seasons: [Int]) {
    self.sink = sink
    self.streams = zip(streams, seasons).map { stream, season in
      ScoredStream(
        name: stream.name, interval: stream.alignment.interval, horizon: stream.model.horizon,
        quantiles: stream.model.quantiles, season: season, timeZone: stream.model.timeZone)
    }
  }

  private func score(of key: [UInt8], stream: String) -> SeriesScore? {
    if let latest, latest.key == key { return latest.score }
    var score = scores[key]
    if score == nil, scores.count < Self.scoredSeriesMaximum,
      let scored = streams.first(where: { $0.name == stream })
    {
      score = SeriesScore(stream: scored)
      scores[key] = score
    }
    latest = score.map { (key, $0) }
    return score
  }

  // MARK: - PipelineObserver

  package func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {
    score(of: key, stream: stream)?.observe(time: time, value: value)
  }

  package func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {
    score(of: key, stream: stream)?.issue(time: time, forecast: values)
  }

  // MARK: - RecordSink

  package func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    switch topic {
    case .forecasts: forecastRecordCount += 1
    case .anomalies:
      anomalyCount += 1
      scores[Array(key)]?.anomalyCount += 1
    case .deadLetters: deadLetterCount += 1
    case .reports: try note(report: value)
    case .points: break
    }
    return try sink.send(topic, key: key, value: value, headers: headers, timestamp: timestamp)
  }

  private func note(report: UnsafeRawBufferPointer) throws(TransportError) {
    do {
      retrainings.append(try TrainingRecord(decoding: report))
    } catch {
      throw .fatal("a training report cannot be read back: \(error)")
    }
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) { try sink.commit(offsets) }

  package func abort() throws(TransportError) { try sink.abort() }
}
