import TimeSeries

/// One step of one series, in the order in which the log made it, with what its outputs need.
struct StepEntry: BitwiseCopyable {
  var stream: Int32
  /// The row, bucket end and value (NaN where the bucket had no point) that alignment closed.
  var step: Step
  /// False while a replay only rebuilds state.
  var isEmitted: Bool
  /// No output is stamped later than this (brokers refuse records from the future).
  var recordTime: Milliseconds?
}
