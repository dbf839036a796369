import Backtest
import CommandLineInterface
import DetectorTrials
import Glibc

/// The command line of the benchmark.
enum DetectorProgram {
  private static let series = Option(
    "series", .integer(in: 1...100_000), help: "Series of each kind (\(Size.usual.series)).")
  private static let weeks = Option(
    "weeks", .integer(in: 2...52),
    help: "Clean weeks of each series, of which the first counts apart (\(Size.usual.weeks)).")
  private static let full = Option(
    flag: "full",
    help: "\(Size.full.series) series of \(Size.full.weeks) weeks, more than 10,000 series-weeks, "
      + "and a daemon's \(Size.full.trainingSteps) steps of training.")
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "Start of all random numbers.")
  private static let budgets = Option(
    "budgets", .text.named("TIMES"), default: "day,week,month",
    help: "One false alarm in each of these times; faults are injected at week alone.")
  private static let kinds = Option(
    "kinds", .text.named("NAMES"), help: "These kinds alone; the command kinds lists them.")
  private static let baselinesOnly = Option(
    flag: "baselines-only", help: "Train no network: baselines make all forecasts.")
  private static let trainingSteps = Option(
    "training-steps", .integer(in: 1...100_000),
    help: "Optimizer steps of a full training at most (\(Size.usual.trainingSteps)).")
  private static let threads = Option(
    "threads", .integer(in: 1...1_024), default: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
    help: "Threads to use at most; the result does not depend on their number.")
  private static let json = Option("json", .file, help: "Write all figures to FILE.")

  static let declaration = ProgramDeclaration(
    name: "detector-benchmark", version: "1",
    summary: "Measures false alarms and recall of the detector on generated series",
    commands: [
      CommandDeclaration(
        name: "run", summary: "Measure, and print tables",
        options: [
          series, weeks, full, seed, budgets, kinds, baselinesOnly, trainingSteps, threads, json,
        ]),
      CommandDeclaration(name: "kinds", summary: "List the kinds of series, and the faults"),
    ])

  private struct Size {
    var series: Int
    var weeks: Int
    var trainingSteps: Int

    static let usual = Size(series: 64, weeks: 5, trainingSteps: 400)
    static let full = Size(series: 160, weeks: 5, trainingSteps: 1_600)
  }

  /// - Returns: the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      switch try declaration.parse(arguments) {
      case .output(let text): print(text, terminator: "")
      case .command(let parsed):
        if parsed.path == ["kinds"] {
          print(catalogue, terminator: "")
        } else {
          try measure(parsed)
        }
      }
      return 0
    } catch {
      write("\(error)\n", to: STDERR_FILENO)
      return error is UsageError ? UsageError.exitStatus : 1
    }
  }

  private static func measure(_ parsed: Parsed) throws {
    let settings = try settings(parsed)
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: [:])
    var line = ProgressLine("detector", on: terminal, start: .now)
    let report = try DetectorBenchmark(settings).run { progress in
      if let text = line.update(
        progress.fraction, detail: "\(progress.forecasts) steps judged", now: .now)
      {
        write(text, to: STDERR_FILENO)
      }
    }
    write(line.finish(now: .now), to: STDERR_FILENO)
    print(report.text(), terminator: "")
    if let path = parsed[json] { try save(try report.json(), to: path) }
  }

  private static func settings(_ parsed: Parsed) throws(BacktestError) -> TrialSettings {
    let size = parsed[full] ? Size.full : .usual
    var times: [TrialSettings.Budget] = []
    for name in parsed[budgets].split(separator: ",") {
      guard let budget = TrialSettings.Budget(per: String(name)) else {
        throw .settings("--budgets: '\(name)' is not hour, day, week, month or year")
      }
      times.append(budget)
    }
    guard !times.isEmpty else { throw .settings("--budgets: names no time") }
    var settings = TrialSettings(
      budgets: times, seriesCount: parsed[series] ?? size.series,
      weekCount: parsed[weeks] ?? size.weeks,
      trainingSteps: parsed[trainingSteps] ?? size.trainingSteps)
    if let names = parsed[kinds] {
      settings.kinds = []
      for name in names.split(separator: ",") {
        guard let kind = SeriesKind(rawValue: String(name)) else {
          throw .settings("--kinds: there is no kind '\(name)'; the command kinds lists them")
        }
        settings.kinds.append(kind)
      }
    }
    settings.seed = UInt64(parsed[seed])
    settings.isTrained = !parsed[baselinesOnly]
    settings.threads = parsed[threads]
    return settings
  }

  private static var catalogue: String {
    var kinds = TextTable([.init("kind"), .init("interval"), .init("value")])
    for kind in SeriesKind.allCases {
      kinds.append([kind.rawValue, "\(kind.interval / 60_000) min", kind.formula])
    }
    var faults = TextTable([.init("fault"), .init("what is done")])
    for fault in Fault.allCases { faults.append([fault.title, fault.explanation]) }
    return (kinds.lines() + [""] + faults.lines()).joined(separator: "\n") + "\n"
  }

  private static func save(_ bytes: [UInt8], to path: String) throws(BacktestError) {
    guard let file = fopen(path, "w") else {
      throw .file("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else {
      throw .file("\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
