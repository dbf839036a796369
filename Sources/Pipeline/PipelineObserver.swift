package import TimeSeries

/// Sees what a worker computes, on its thread, in the order of computation.
package protocol PipelineObserver: AnyObject {
  /// - Parameter value: not a number where the bucket had no usable point.
  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double)
  /// - Parameters:
  ///   - values: as published, but all quantiles that are computed: [horizon, quantiles] in the
  ///     series' own units.
  ///   - network: the network's own, before calibration, whoever made the published one: the same
  ///     shape.
  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool)

  /// Whether the observer wants to see what the built-in baselines say at this origin.
  func wantsBaselines(series key: [UInt8], time: Milliseconds) -> Bool

  /// What a baseline would have published in place of the forecast that follows.
  ///
  /// - Parameter values: [horizon, quantiles] in the series' own units.
  func baseline(
    series key: [UInt8], time: Milliseconds, kind: BaselineKind,
    values: UnsafeBufferPointer<Double>)
}

extension PipelineObserver {
  package func wantsBaselines(series key: [UInt8], time: Milliseconds) -> Bool { false }

  package func baseline(
    series key: [UInt8], time: Milliseconds, kind: BaselineKind,
    values: UnsafeBufferPointer<Double>
  ) {}
}
