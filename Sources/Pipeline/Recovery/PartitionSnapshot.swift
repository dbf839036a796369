import Calibration
import Detection
import Forecasting
import TimeSeries

/// A partition's state at a committed offset, as it is written down.
struct PartitionSnapshot: Sendable {
  struct Stream: Sendable {
    var name: String
    var interval: Milliseconds
    /// `ModelSettings.calendarName`: hidden states and profiles have its phases in them.
    var calendar: String
    var modelVersion: Int
    /// When its model is to be trained next, as the partition's worker had planned it.
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
  /// What moved the state besides records since the oldest snapshot kept.
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

  /// Takes a snapshot's state over, stream by stream of the present configuration.
  ///
  /// - Throws: where a stream is unknown, has another interval, or its tensors have other shapes:
  ///   the whole partition then warms up from the log, since a record feeds any of its streams.
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

/// Why a snapshot cannot be used; the partition then warms up from an older one or from the log.
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
