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
    network: UnsafeBufferPointer<Double>, speaker: ForecastSpeaker, isWarming: Bool)
}
