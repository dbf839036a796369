import Glibc

// Measures the detector with the daemon's own worker and forecasts on generated series: the rate of
// false alarms as a multiple of the budget, and the recall of injected faults.
//
//     detector-benchmark run [OPTION]...   tables on standard output; --help lists the options
//     detector-benchmark kinds             the kinds of series and the faults

exit(DetectorProgram.run(Array(CommandLine.arguments.dropFirst())))
