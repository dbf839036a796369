import Glibc
import Pipeline
import TimeSeries

/// Measures how long turns take while models are trained beside the worker, and while none is.
///
/// Two equal workers run the same steps: one has a trainer that always has something to train, the
/// other has none. They alternate in phases of `stepsInPhase` turns. A turn takes one step of every
/// series. After each turn the thread sleeps as long as the turn took, so that the worker's core is
/// half idle, as with a live stream.
struct TrainingBenchmark {
  let series: Int
  private static let phases = 10
  private static let stepsInPhase = 40

  func run() throws {
    var alone = try BenchmarkWorker(series: series)
    var beside = try BenchmarkWorker(
      series: series, retraining: try Schedule(every: 16 * BenchmarkWorker.interval), trains: true)
    for _ in 0..<220 {
      alone.feed()
      beside.feed()
      _ = try alone.turn()
      _ = try beside.turn()
    }
    var turns: (alone: [Double], beside: [Double]) = ([], [])
    var busyTurns = 0
    for _ in 0..<Self.phases {
      while beside.trainer?.isBusy == true { usleep(10_000) }
      for _ in 0..<Self.stepsInPhase { turns.alone.append(try paced(&alone)) }
      for _ in 0..<Self.stepsInPhase {
        turns.beside.append(try paced(&beside))
        if beside.models.progress != nil { busyTurns += 1 }
      }
    }
    let ratio = quantile(turns.beside, 0.99) / quantile(turns.alone, 0.99)
    print(
      """
      {"case":"training","series":\(series),"turns":\(turns.alone.count),\
      "alone_median_ms":\(rounded(quantile(turns.alone, 0.5))),\
      "alone_p99_ms":\(rounded(quantile(turns.alone, 0.99))),\
      "beside_median_ms":\(rounded(quantile(turns.beside, 0.5))),\
      "beside_p99_ms":\(rounded(quantile(turns.beside, 0.99))),\
      "p99_ratio":\(rounded(ratio)),\
      "share_training":\(rounded(Double(busyTurns) / Double(turns.beside.count)))}
      """)
    _ = beside.trainer?.stop(timeoutMilliseconds: 10_000)
  }

  private func paced(_ bench: inout BenchmarkWorker) throws -> Double {
    bench.feed()
    let milliseconds = try bench.turn()
    usleep(useconds_t(milliseconds * 1_000))
    return milliseconds
  }
}
