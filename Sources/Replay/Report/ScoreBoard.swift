import Forecasting
import FoundationEssentials
package import Pipeline
package import TimeSeries

/// Watches a replay for its report: every step and forecast as the worker computes them, and, standing
/// before the sink, what is published.
package final class ScoreBoard: PipelineObserver, RecordSink {
  /// Series that are compared with seasonal naive; further ones are counted only.
  package static let scoredSeriesMaximum = 20_000
  /// Share of a series' steps, at its beginning, whose forecasts do not count.
  package static let warmUpShare = 0.2

  /// A retraining, as its report has it.
  package struct Retraining: Sendable, Codable, Equatable {
    package var stream: String
    /// Of the challenger.
    package var model: Int
    /// Losses on the same points, which are later than what the challenger was trained on.
    package var championLoss: Double?
    package var challengerLoss: Double?
    package var adopted: Bool

    private enum CodingKeys: String, CodingKey {
      case stream, model, adopted
      case championLoss = "champion_loss"
      case challengerLoss = "challenger_loss"
    }
  }

  private let sink: any RecordSink
  let streams: [ScoredStream]
  private(set) var scores: [[UInt8]: SeriesScore] = [:]
  private(set) var retrainings: [Retraining] = []
  private(set) var unscoredStepCount = 0
  private(set) var forecastRecordCount = 0
  private(set) var anomalyCount = 0
  private(set) var deadLetterCount = 0
  /// Of the call before, since a step is followed by its forecast.
  private var latest: (key: [UInt8], score: SeriesScore)?

  /// - Parameter seasons: of each stream's seasonal naive forecast, in steps; 1 is naive.
  init(before sink: any RecordSink, streams: [StreamSettings], seasons: [Int]) {
    self.sink = sink
    self.streams = zip(streams, seasons).map { stream, season in
      ScoredStream(
        name: stream.name, interval: stream.alignment.interval, horizon: stream.model.horizon,
        quantiles: stream.model.quantiles, season: season)
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
    guard let score = score(of: key, stream: stream) else {
      unscoredStepCount += 1
      return
    }
    score.observe(time: time, value: value)
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
  ) throws(TransportError) {
    switch topic {
    case .forecasts: forecastRecordCount += 1
    case .anomalies:
      anomalyCount += 1
      scores[Array(key)]?.anomalyCount += 1
    case .deadLetters: deadLetterCount += 1
    case .reports: try note(report: value)
    case .points: break
    }
    try sink.send(topic, key: key, value: value, headers: headers, timestamp: timestamp)
  }

  private func note(report: UnsafeRawBufferPointer) throws(TransportError) {
    do {
      retrainings.append(try JSONDecoder().decode(Retraining.self, from: Data(report)))
    } catch {
      throw .fatal("a training report cannot be read back: \(error)")
    }
  }

  package func commit(_ offsets: [OffsetCommit]) throws(TransportError) { try sink.commit(offsets) }

  package func abort() throws(TransportError) { try sink.abort() }
}
