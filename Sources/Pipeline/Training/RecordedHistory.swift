package import Forecasting
import NeuralNetwork
import Synchronization
import TimeSeries

/// The histories that `train --history` has recorded for a stream, shared by the workers of a
/// process. The history of a series goes once, to the partition without a snapshot in which the
/// series first appears.
final class RecordedHistory: Sendable {
  private struct Past {
    var history: TrainingDataset.Series
    var segments: [TrainingDataset.Series] = []
  }

  private let pasts: Mutex<[[UInt8]: Past]>

  init(_ dataset: TrainingDataset) {
    var pasts: [[UInt8]: Past] = [:]
    for series in dataset.series { pasts[series.key] = Past(history: series) }
    for segment in dataset.segments { pasts[segment.key]?.segments.append(segment) }
    self.pasts = Mutex(pasts)
  }

  func give(series key: [UInt8], to training: inout TrainingStore) {
    guard let past = pasts.withLock({ $0.removeValue(forKey: key) }) else { return }
    training.begin(key: key, history: past.history, segments: past.segments)
  }
}

extension ModelStore {
  private static let historyFormat = "forecastd-history-1"

  /// Saves the training histories of a stream's series, for the first start of a daemon.
  package func saveHistory(
    _ history: TrainingStore, stream: String
  ) throws(ModelStoreError) {
    let writer = SafetensorsWriter(
      tensors: history.tensors(),
      metadata: ["format": Self.historyFormat, "interval": "\(history.interval)"])
    try write(writer.finish(), to: Self.historyFileName(stream))
  }

  /// - Returns: `nil` if there is no such file.
  /// - Throws: if it cannot be read, or has another interval than the stream.
  package func history(of stream: StreamSettings) throws(ModelStoreError) -> TrainingStore? {
    let name = Self.historyFileName(stream.name)
    guard let bytes = try read(name) else { return nil }
    let interval = stream.alignment.interval
    var store = TrainingStore(interval: interval, settings: stream.training)
    do {
      let file = try SafetensorsReader(bytes)
      guard file.metadata["format"] == Self.historyFormat else {
        throw ModelStoreError(reason: "it is no history")
      }
      guard file.metadata["interval"] == "\(interval)" else {
        throw ModelStoreError(
          reason: "its interval is \(file.metadata["interval"] ?? "unknown") ms, not \(interval)")
      }
      try store.restore(
        Dictionary(try file.columnTensors().map { ($0.name, $0) }) { first, _ in first })
    } catch {
      throw ModelStoreError(reason: "\(name): \(error)")
    }
    return store
  }

  private static func historyFileName(_ stream: String) -> String { stream + ".history" }
}
