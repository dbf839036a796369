import Forecasting
import Glibc
import MetricFormats
import Pipeline

/// Measures the CPU time of the worker's thread for one point, with the streams of `make
/// bench-kafka`: no season, buckets that close on arrival, and one forecast of 24 steps and 3
/// levels for each point.
struct PointsBenchmark {
  /// Who makes the forecasts. How often the head of the network is computed depends on it.
  enum Case: String, CaseIterable {
    /// The baselines, because the model is untrained, as at the start. The network forecasts only
    /// at the origins at which it is compared with them.
    case baselines
    /// The better one for each series: the model counts as trained.
    case better
    /// The network always: there are no baselines.
    case network
  }

  let series: Int
  let forecaster: Case
  private static let learningSteps = 120
  private static let steps = 300

  func run() throws {
    var bench = try BenchmarkWorker(
      series: series, seasons: [], closesOnArrival: true, quantiles: [0.1, 0.5, 0.9],
      hasBaselines: forecaster != .network, isTransactional: true)
    bench.feed()
    _ = try bench.turn()
    if forecaster != .baselines { try install(into: &bench) }
    for _ in 0..<Self.learningSteps {
      bench.feed()
      _ = try bench.turn()
    }
    var nanoseconds: Int64 = 0
    for _ in 0..<Self.steps {
      bench.feed()
      let start = Self.threadNanoseconds()
      _ = try bench.turn()
      nanoseconds += Self.threadNanoseconds() - start
    }
    let points = Self.steps * series
    print(
      """
      {"case":"points","series":\(series),"forecaster":"\(forecaster.rawValue)","points":\(points),\
      "cpu_us_per_point":\(rounded(Double(nanoseconds) * 1e-3 / Double(points)))}
      """)
  }

  private func install(into bench: inout BenchmarkWorker) throws {
    guard let champion = bench.models.champion(of: "all") else { return }
    bench.models.install(
      ForecastModel(
        stream: "all", version: 1, trainedThrough: 0, fullTrainingSteps: 0,
        settings: champion.settings, network: champion.network))
    repeat { _ = try bench.turn() } while bench.worker.isSwapping
  }

  private static func threadNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
