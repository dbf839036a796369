import Forecasting
import Pipeline

/// Measures how long the turns of a swap take when the worker has nothing else to do.
struct SwapBenchmark {
  let series: Int

  func run() throws {
    var bench = try BenchmarkWorker(series: series)
    for _ in 0..<12 {
      bench.feed()
      while try bench.turn() > 1 {}
    }
    guard let champion = bench.models.champion(of: "all") else { return }
    let other = ForecastModel.untrained(stream: "all", settings: champion.settings, seed: 7)
    var idle: [Double] = []
    for _ in 0..<50 { idle.append(try bench.turn()) }
    bench.models.install(
      ForecastModel(
        stream: "all", version: 1, trainedThrough: 0, fullTrainingSteps: 0,
        settings: champion.settings, network: other.network))
    var turns: [Double] = []
    repeat { turns.append(try bench.turn()) } while bench.worker.isSwapping
    print(
      """
      {"case":"swap","series":\(series),"turns":\(turns.count),\
      "total_ms":\(rounded(turns.reduce(0, +))),"median_ms":\(rounded(quantile(turns, 0.5))),\
      "longest_ms":\(rounded(turns.max() ?? 0)),"idle_median_ms":\(rounded(quantile(idle, 0.5)))}
      """)
  }
}
