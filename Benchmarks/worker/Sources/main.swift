import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import TimeSeries

// Measures the CPU time of a point in the worker's loop, and the duration of turns while a model is
// swapped and while one is trained beside it. The worker is the real one, in memory, without Kafka.
// Prints one line of JSON for each case.
//
//     worker-benchmark points [SERIES [baselines|better|network]]
//                                        CPU time of a point for each forecaster (1,000 series)
//     worker-benchmark swap [SERIES]     turns during a swap (20,000 series)
//     worker-benchmark training [SERIES] turns with and without training (1,000 series)
//     worker-benchmark churn [HOURS]     a week in which names come and go, with this series_expiry

let arguments = CommandLine.arguments
let series = arguments.count > 2 ? Int(arguments[2]) : nil
switch arguments.count > 1 ? arguments[1] : "" {
case "points":
  let forecasters = PointsBenchmark.Case.allCases
  for forecaster in forecasters where arguments.count < 4 || arguments[3] == forecaster.rawValue {
    try PointsBenchmark(series: series ?? 1_000, forecaster: forecaster).run()
  }
case "swap": try SwapBenchmark(series: series ?? 20_000).run()
case "training": try TrainingBenchmark(series: series ?? 1_000).run()
case "churn": try ChurnBenchmark(expiry: series.map { Int64($0) * 3_600_000 }).run()
default:
  print("usage: worker-benchmark points|swap|training [SERIES], or churn [HOURS]")
  exit(2)
}
