import FoundationEssentials
import Pipeline
package import TimeSeries

/// A retraining, as its record has it; docs/records.md explains the fields.
package struct Retraining: Sendable, Codable, Equatable {
  package var stream: String
  /// Version of the challenger.
  package var model: Int
  package var champion: Int?
  package var adopted: Bool
  /// Losses on the same points, which are later than what the challenger was trained on.
  package var championLoss: Double?
  package var challengerLoss: Double?
  package var trainedThrough: Milliseconds
  package var evaluatedFrom: Milliseconds
  package var gradientNormMean: Double?
  package var gradientNormMax: Double?
  package var clippedShare: Double?
  package var steps: Int
  /// Steps before the weights that were kept; nil where nothing validated the training.
  package var bestStep: Int?
  package var stoppedEarly: Bool
  package var samples: Int
  package var digest: String

  private enum CodingKeys: String, CodingKey {
    case stream, model, champion, adopted, steps, samples, digest
    case championLoss = "champion_loss"
    case challengerLoss = "challenger_loss"
    case trainedThrough = "trained_through"
    case evaluatedFrom = "evaluated_from"
    case bestStep = "best_step"
    case stoppedEarly = "stopped_early"
    case gradientNormMean = "gradient_norm_mean"
    case gradientNormMax = "gradient_norm_max"
    case clippedShare = "clipped_share"
  }
}

/// Keeps the evidence of retrainings; forecasts are seen before they are rounded for records.
final class ReportSink: RecordSink {
  private(set) var retrainings: [Retraining] = []

  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) {
    guard topic == .reports else { return }
    do {
      retrainings.append(try JSONDecoder().decode(Retraining.self, from: Data(value)))
    } catch {
      throw .fatal("a training report cannot be read back: \(error)")
    }
  }

  func commit(_ offsets: [OffsetCommit]) throws(TransportError) {}
  func abort() throws(TransportError) {}
}
