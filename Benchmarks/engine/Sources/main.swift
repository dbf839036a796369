import Glibc

// Prints what ran, then one JSON line for each case, in the words and units of ../run's peer, then
// one for each part of a case; or, with --allocations, how often hot paths allocate.

let arguments = CommandLine.arguments
var repeats = 15
if arguments == [arguments[0], "--allocations"] {
  try Allocations.report()
  exit(0)
} else if arguments.count == 3, arguments[1] == "--repeat", let count = Int(arguments[2]),
  count > 0
{
  repeats = count
} else if arguments.count != 1 {
  print("usage: engine-benchmark [--repeat N | --allocations]")
  exit(64)
}
let benchmark = EngineBenchmark(steps: 168, batch: 64, repeats: repeats)
benchmark.reportMachine()
benchmark.reportPeak()
benchmark.reportSteps()
benchmark.reportWindow()
benchmark.reportProjectedWindow()
try benchmark.reportTraining()
benchmark.reportStepParts()
benchmark.reportTrainingParts()
