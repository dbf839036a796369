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
    /// The watermark from which on expired series are looked for.
    var silenceCheck: Milliseconds?
    /// `AlarmLedger.text`.
    var ledger: String?
    /// `TailPool.text`.
    var pool: String?
    /// Canonical series keys, by row; empty for free rows.
    var keys: [[UInt8]]
    /// Tensors of the stream's tables, named `table.column`.
    var tensors: [ColumnTensor]
  }

  var clusterID: String
  var partition: PartitionID
  var nextOffset: Int64
  var watermark: Milliseconds?
  var logTime: Milliseconds?
  var channels = ChannelHorizon()
  var lastRecord: RecordCheck?
  /// What was taken up of the control topic.
  var control = ControlRecords()
  /// The events since the oldest kept snapshot.
  var events: [PartitionEvent]
  var streams: [Stream]
}

extension PartitionState {
  /// - Precondition: nothing is uncommitted.
  func snapshot(clusterID: String, plan: RetrainingPlan) -> PartitionSnapshot {
    PartitionSnapshot(
      clusterID: clusterID, partition: id, nextOffset: nextOffset,
      watermark: metadata.watermark, logTime: metadata.logTime, channels: clock.channels,
      lastRecord: lastRecord, control: controlRecords, events: events,
      streams: streams.enumerated().map { number, stream in
        var snapshot = stream.snapshot()
        snapshot.trainingDue = plan.dueTime(of: number)
        return snapshot
      })
  }
}

extension StreamState {
  func snapshot() -> PartitionSnapshot.Stream {
    let tensors =
      alignment.tensors() + doubts.tensors() + states.tensors() + anomalies.tensors()
      + calibration.tensors() + training.tensors() + waiting.tensors() + groups.tensors()
    return PartitionSnapshot.Stream(
      name: settings.name, interval: settings.alignment.interval,
      calendar: settings.model.calendarName, modelVersion: model.version, drift: drift,
      silenceCheck: silence.nextCheck == .min ? nil : silence.nextCheck,
      ledger: ledger.text, pool: anomalies.pool.text, keys: series.keys,
      tensors: tensors)
  }
}

/// The reason why a snapshot cannot be used. The partition then starts from an older snapshot, or
/// warms up from the log.
package enum SnapshotError: Error, Sendable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  /// Nothing of it can be restored with the present configuration.
  case incompatible(String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .incompatible(let reason): "made by another configuration: \(reason)"
    }
  }
}
