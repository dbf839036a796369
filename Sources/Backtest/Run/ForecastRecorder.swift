import Pipeline
import TimeSeries

/// Observes every step and every forecast of one stream as the worker computes them, keeps the
/// forecasts of the plan until their targets are known, and returns them in order.
final class ForecastRecorder: PipelineObserver {
  /// A forecast whose targets have all passed.
  struct Matured {
    var series: Int
    /// Row of the last observation used.
    var origin: Int
    /// [horizon, quantiles]
    var values: [Double]
    /// The network's own forecast before calibration, in the same shape.
    var network: [Double]
    var forecaster: Forecaster
    /// The forecast of each baseline, by its number, in the same shape; empty where it made none.
    var baselines: [[Double]]
  }

  private struct Pending {
    var time: Milliseconds
    var forecast: Matured
  }

  private let plan: StreamPlan
  private let indexes: [[UInt8]: Int]
  private var latest = -1
  private var pending: [Pending] = []
  /// Forecasts of the baselines, observed before the forecast that they belong to.
  private var baselines = noBaselines
  private static let noBaselines = [[Double]](repeating: [], count: BaselineKind.allCases.count)
  /// The values of each series by the row of its group; NaN where missing.
  private(set) var actuals: [[Double]]
  private(set) var stepCount = 0
  private(set) var forecastCount = 0

  init(_ plan: StreamPlan) {
    self.plan = plan
    indexes = Dictionary(
      uniqueKeysWithValues: plan.series.enumerated().map { ($1.source.key, $0) })
    actuals = plan.series.map {
      Array(repeating: .nan, count: plan.windows[$0.window].group.rowCount)
    }
  }

  private func index(of key: [UInt8]) -> Int? {
    // A step is followed by its forecast.
    if latest >= 0, plan.series[latest].source.key == key { return latest }
    guard let index = indexes[key] else { return nil }
    latest = index
    return index
  }

  func step(series key: [UInt8], stream: String, time: Milliseconds, value: Double) {
    guard let series = index(of: key) else { return }
    stepCount += 1
    let row = plan.windows[plan.series[series].window].group.row(ofBucketEnd: time)
    if actuals[series].indices.contains(row) { actuals[series][row] = value }
  }

  func forecast(
    series key: [UInt8], stream: String, time: Milliseconds, values: UnsafeBufferPointer<Double>,
    network: UnsafeBufferPointer<Double>, forecaster: Forecaster, isWarming: Bool
  ) {
    guard let series = index(of: key), isOrigin(series, time) else { return }
    let window = plan.windows[plan.series[series].window]
    let forecast = Matured(
      series: series, origin: window.group.row(ofBucketEnd: time), values: Array(values),
      network: Array(network), forecaster: forecaster, baselines: baselines)
    pending.append(Pending(time: time, forecast: forecast))
    baselines = Self.noBaselines
  }

  func wantsBaselines(series key: [UInt8], time: Milliseconds) -> Bool {
    guard let series = index(of: key) else { return false }
    return isOrigin(series, time)
  }

  func baseline(
    series key: [UInt8], time: Milliseconds, kind: BaselineKind,
    values: UnsafeBufferPointer<Double>
  ) {
    baselines[kind.rawValue] = Array(values)
  }

  private func isOrigin(_ series: Int, _ time: Milliseconds) -> Bool {
    let window = plan.windows[plan.series[series].window]
    return window.isOrigin(window.group.row(ofBucketEnd: time))
  }

  /// Removes and returns the forecasts whose targets are all in closed buckets, ordered by time and
  /// series, so that the order does not depend on batches.
  ///
  /// - Parameter end: the end of the newest bucket that has closed for all series.
  func takeMatured(through end: Milliseconds) -> [Matured] {
    let length = Milliseconds(plan.horizon) * plan.interval
    var matured = pending.filter { $0.time + length <= end }
    guard !matured.isEmpty else { return [] }
    pending.removeAll { $0.time + length <= end }
    matured.sort { ($0.time, $0.forecast.series) < ($1.time, $1.forecast.series) }
    forecastCount += matured.count
    return matured.map(\.forecast)
  }
}
