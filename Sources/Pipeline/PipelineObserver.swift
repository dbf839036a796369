package import Detection
package import TimeSeries

/// Receives the steps and forecasts of a worker. The worker calls it on its own thread, in the
/// order of computation.
package protocol PipelineObserver: AnyObject {
  /// - Parameter value: NaN if the bucket had no usable point.
  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double)

  /// What the detector says of a step, right after `step`.
  func judged(
    series key: [UInt8], stream: String, time: Milliseconds, value: Double,
    verdict: AnomalyVerdict)

  /// - Parameters:
  ///   - values: the forecast as it is published, but with every quantile that the model computes:
  ///     [horizon, quantiles] in the series' own units.
  ///   - network: the network's forecast before calibration, of the same shape. It is there even if
  ///     another forecaster made the published forecast.
  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool)

  /// Whether `baseline` is to be called for the forecast at this origin.
  func wantsBaselines(series key: [UInt8], time: Milliseconds) -> Bool

  /// The forecast that a baseline would have made at the origin of the next call of `forecast`.
  ///
  /// - Parameter values: [horizon, quantiles] in the series' own units.
  func baseline(
    series key: [UInt8], time: Milliseconds, kind: BaselineKind,
    values: UnsafeBufferPointer<Double>)
}

extension PipelineObserver {
  package func judged(
    series key: [UInt8], stream: String, time: Milliseconds, value: Double,
    verdict: AnomalyVerdict
  ) {}

  package func wantsBaselines(series key: [UInt8], time: Milliseconds) -> Bool { false }

  package func baseline(
    series key: [UInt8], time: Milliseconds, kind: BaselineKind,
    values: UnsafeBufferPointer<Double>
  ) {}
}
