import MetricFormats
import Pipeline
import TimeSeries

/// Keeps the training reports; forecasts are observed before they are rounded for records.
final class ReportSink: RecordSink {
  /// Of trainings that took place.
  private(set) var retrainings: [TrainingRecord] = []

  func send(
    _ topic: OutputTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
    headers: RecordHeaders, timestamp: Milliseconds
  ) throws(TransportError) -> SendOutcome {
    guard topic == .reports else { return .sent }
    do throws(RecordError) {
      let report = try TrainingRecord(decoding: value)
      if report.skipped == nil { retrainings.append(report) }
    } catch {
      throw .fatal("a training report cannot be read back: \(error)")
    }
    return .sent
  }

  func commit(_ offsets: [OffsetCommit]) throws(TransportError) {}
  func abort() throws(TransportError) {}
}
