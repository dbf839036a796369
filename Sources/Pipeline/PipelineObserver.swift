package import TimeSeries

/// Sees what a worker computes, on its thread, in the order of computation.
package protocol PipelineObserver: AnyObject {
  /// - Parameter value: not a number where the bucket had no usable point.
  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double)
  /// - Parameter values: [horizon, quantiles] in the series' own units.
  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    isWarming: Bool)
}
