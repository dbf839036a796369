import TimeSeries

/// One step of one series in a segment, with what its outputs need. The entries of a segment are in
/// the order of the log.
struct StepEntry: BitwiseCopyable {
  var stream: Int32
  /// The step that alignment has closed: row, end of the bucket, and value (NaN if the bucket had
  /// no point).
  var step: Step
  /// Whether outputs are published; false while a replay rebuilds the state.
  var isEmitted: Bool
  /// Record time of the record that closed the bucket. No output has a later timestamp, because
  /// brokers refuse records from the future.
  var recordTime: Milliseconds?
}
