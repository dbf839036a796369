import Forecasting
import Glibc
import MetricFormats
import Metrics
import Pipeline
import TimeSeries

// What a turn of the worker's loop takes while a model is swapped, and while one is trained beside it:
// the worker as it is, in memory, without Kafka. One JSON line a case.
//
//     worker-benchmark swap [SERIES]          slices of a swap (20,000 series)
//     worker-benchmark training [SERIES]      turns with and without training, in turns (1,000)

let arguments = CommandLine.arguments
let series = arguments.count > 2 ? Int(arguments[2]) : nil
switch arguments.count > 1 ? arguments[1] : "" {
case "swap": try SwapBenchmark(series: series ?? 20_000).run()
case "training": try TrainingBenchmark(series: series ?? 1_000).run()
default:
  print("usage: worker-benchmark swap|training [SERIES]")
  exit(2)
}
