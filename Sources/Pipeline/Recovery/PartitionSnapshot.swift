import Calibration
import Detection
import Forecasting
import TimeSeries

/// The state of one partition at a committed offset, in the form that is written to a file.
struct PartitionSnapshot: Sendable {
  struct Stream: Sendable {
    var name: String
    var interval: Milliseconds
    /// `ModelSettings.calendarName`; hidden states and profiles depend on its phases.
    var calendar: String
    var modelVersion: Int
    /// Event time of the model's next training, as the partition's worker has planned it.
    var trainingDue: Milliseconds?
    var drift = DriftMonitor()
    /// Canonical series keys, by row.
    var keys: [[UInt8]]
    /// Tensors of the stream's tables, named `table.column`.
    var tensors: [ColumnTensor]
  }

  var clusterID: String
  var partition: PartitionID
  var nextOffset: Int64
  var watermark: Milliseconds?
  var lastRecord: RecordCheck?
  /// The events since the oldest kept snapshot.
  var events: [PartitionEvent]
  var streams: [Stream]
}

extension PartitionState {
  /// - Precondition: nothing is uncommitted.
  func snapshot(clusterID: String, plan: RetrainingPlan) -> PartitionSnapshot {
    PartitionSnapshot(
      clusterID: clusterID, partition: id, nextOffset: nextOffset,
      watermark: watermark.time == .min ? nil : watermark.time, lastRecord: lastRecord,
      events: events,
      streams: streams.enumerated().map { number, stream in
        var snapshot = stream.snapshot()
        snapshot.trainingDue = plan.dueTime(of: number)
        return snapshot
      })
  }

  /// Restores the state from a snapshot, stream by stream.
  ///
  /// - Throws: if the streams are not the configured ones, or if one of them cannot be restored.
  ///   The whole partition then needs an older snapshot or the log, because a record may feed any
  ///   of its streams.
  mutating func restore(
    _ snapshot: PartitionSnapshot, models: ModelRegistry
  ) throws(SnapshotError) {
    guard snapshot.streams.map(\.name) == settings.streams.map(\.name) else {
      throw .incompatible("it has the streams \(snapshot.streams.map(\.name))")
    }
    for (number, stream) in snapshot.streams.enumerated() {
      try streams[number].restore(stream, models: models, seed: settings.seed)
      for (row, key) in stream.keys.enumerated() {
        key.withUnsafeBytes { index.insert($0, stream: Int32(number), row: Int32(row)) }
      }
    }
    nextOffset = snapshot.nextOffset
    watermark = Watermark(time: snapshot.watermark ?? .min)
    lastRecord = snapshot.lastRecord
    events = snapshot.events
    markCommitted()
  }
}

extension StreamState {
  func snapshot() -> PartitionSnapshot.Stream {
    let tensors =
      alignment.tensors() + states.tensors() + anomalies.tensors() + calibration.tensors()
      + training.tensors()
    return PartitionSnapshot.Stream(
      name: settings.name, interval: settings.alignment.interval,
      calendar: settings.model.calendarName, modelVersion: model.version, drift: drift,
      keys: series.map(\.key), tensors: tensors)
  }

  mutating func restore(
    _ snapshot: PartitionSnapshot.Stream, models: ModelRegistry, seed: UInt64
  ) throws(SnapshotError) {
    guard snapshot.interval == settings.alignment.interval else {
      throw .incompatible("stream '\(settings.name)' had the interval \(snapshot.interval) ms")
    }
    guard snapshot.calendar == settings.model.calendarName else {
      throw .incompatible("stream '\(settings.name)' had the calendar '\(snapshot.calendar)'")
    }
    guard snapshot.keys.count <= settings.seriesMaximum else {
      throw .incompatible("stream '\(settings.name)' had \(snapshot.keys.count) series")
    }
    if snapshot.modelVersion != model.version {
      do {
        let model = try models.model(of: settings, version: snapshot.modelVersion, seed: seed)
        guard let model else {
          throw SnapshotError.incompatible(
            "model \(snapshot.modelVersion) of stream '\(settings.name)' is gone")
        }
        self.model = model
      } catch let error as SnapshotError {
        throw error
      } catch {
        throw .incompatible("\(error)")
      }
    }
    if states.settings != model.settings {
      states = SeriesStates(settings: model.settings)
      calibration = calibration.emptied(seasons: model.settings.seasons)
    }
    let tensors = Dictionary(
      snapshot.tensors.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    do throws(ColumnTensorError) {
      try alignment.restore(tensors)
      try states.restore(tensors)
      try anomalies.restore(tensors)
      try calibration.restore(tensors)
      try training.restore(tensors)
    } catch {
      throw .incompatible("stream '\(settings.name)': \(error)")
    }
    let counts = [alignment.count, states.count, anomalies.count, calibration.count]
    guard counts.allSatisfy({ $0 == snapshot.keys.count }) else {
      throw .incompatible("stream '\(settings.name)': tables of \(counts) rows")
    }
    for key in snapshot.keys { describeSeries(key: key) }
    drift = snapshot.drift
    newestValue = training.newestTime ?? .min
  }
}

/// The reason why a snapshot cannot be used. The partition then starts from an older snapshot, or
/// warms up from the log.
package enum SnapshotError: Error, Sendable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case incompatible(String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .incompatible(let reason): "made by another configuration: \(reason)"
    }
  }
}
