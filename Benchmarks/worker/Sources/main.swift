import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import TimeSeries

// What a point costs the worker's loop, and what its turns take while a model is swapped and while one
// is trained beside it: the worker as it is, in memory, without Kafka. One JSON line a case.
//
//     worker-benchmark points [SERIES [baselines|better|network]]   CPU of a point, by who forecasts (1,000)
//     worker-benchmark swap [SERIES]          slices of a swap (20,000 series)
//     worker-benchmark training [SERIES]      turns with and without training, in turns (1,000)

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
default:
  print("usage: worker-benchmark points|swap|training [SERIES]")
  exit(2)
}
