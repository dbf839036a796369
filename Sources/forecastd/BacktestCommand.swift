import Backtest
import CommandLineInterface
import Configuration
import Glibc
import MetricFormats
import Pipeline
import ServiceManager
import TimeSeries

/// `forecastd backtest` — the accuracy of the daemon's forecasts on a recorded history.
enum BacktestCommand: Command {
  private static let config = Option(
    "config", short: "c", .file,
    help: "Take the streams, and the format of lines, from FILE instead of guessing them.")
  private static let interval = Option(
    "interval", .duration(in: .milliseconds(1) ... .seconds(366 * 86_400)),
    help:
      "Time from step to step. Default: the interval of each series' points. Not for tables that "
      + "only number their rows.")
  private static let season = Option(
    "season", .seasons,
    help:
      "Season lengths in steps, such as 24,168; or auto, to find them in the values alone. Default: "
      + "the usual ones of the interval until a training finds others.")
  private static let horizon = Option(
    "horizon", .integer(in: 1...1024), help: "Steps that each forecast reaches. Default: 24.")
  private static let from = Option(
    "from", .mark, default: .share(0.8),
    help:
      "First row that may be a target: a row counted from 0, a time, or a share such as 20%. The "
      + "rows before it are the history of the first training.")
  private static let to = Option(
    "to", .mark, help: "One past the last row that may be a target. Default: the end.")
  private static let every = Option(
    "every", .integer(in: 1...1_000_000), default: 24, help: "Steps from origin to origin.")
  private static let test = Option(
    "test", .file,
    help:
      "A table of the values that follow those of FILE. In both tables each row is a series, as in "
      + "the M4 competition. Forecasts begin where the rows of FILE end. --interval is an hour "
      + "unless given.")
  private static let quantiles = Option(
    "quantiles", .levels,
    help: "Levels to forecast besides the nine deciles, 0.025 and 0.975, such as 0.01,0.99.")
  private static let retrainEvery = Option(
    "retrain-every", .integer(in: 1...10_000_000),
    help: "Steps from retraining to retraining. Default: the longest season.")
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "Start of every pseudo-random sequence.")
  private static let threads = Option(
    "threads", .integer(in: 1...1024), default: processorCount,
    help: "Threads to use at most; the result does not depend on their number.")
  private static let output = Option(
    "output", short: "o", .directory,
    help: "Write forecasts.csv, report.json and report.html into DIR.")
  private static let files = Argument(
    "FILE", repeated: .file, atLeast: 1,
    help:
      "CSV, JSON lines, Influx line protocol or Graphite lines; a directory stands for its files.")

  static let declaration = CommandDeclaration(
    name: "backtest", summary: "Measure forecasts on a recorded history",
    discussion: """
      Streams the history through the daemon's worker: trains once on the rows before --from, then \
      forecasts and retrains online as the daemon does, and compares every forecast with the actual \
      values.
      """,
    options: [
      config, interval, season, horizon, from, to, every, test, quantiles, retrainEvery, seed,
      threads, output,
    ], arguments: [files],
    examples: [
      Example(
        "forecastd backtest metrics.csv --season 24,168 --from 80% --output out",
        "the last fifth of a table of hourly values")
    ])

  static func run(_ parsed: Parsed) throws {
    var options = BacktestOptions()
    let history = try history(parsed, &options)
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: environmentVariables())
    let run = try BacktestRun(history, options, outputDirectory: parsed[output])
    var line = ProgressLine("backtest", on: terminal, start: .now)
    let report = try run.run { progress in
      var detail = "\(progress.forecasts) forecasts"
      if let training = progress.training {
        detail += ", training \(training.step)/\(training.stepCount)"
      }
      if let text = line.update(progress.fraction, detail: detail, now: .now) {
        writeError(raw: text)
      }
    }
    writeError(raw: line.finish(detail: "\(report.forecastCount) forecasts", now: .now))
    let screen = Terminal(fileDescriptor: STDOUT_FILENO, environment: environmentVariables())
    writeOutput(report.text(width: screen.isTerminal ? screen.width : nil))
  }

  /// Reads the history, and sets the options that are given or follow from it.
  private static func history(
    _ parsed: Parsed, _ options: inout BacktestOptions
  ) throws -> History {
    let configuration = try parsed[config].map { try ConfigurationFile.read($0) }
    options.configuration = configuration?.pipeline
    options.interval = parsed[interval].map(milliseconds)
    options.seasons = parsed[season]
    options.horizon = parsed[horizon]
    options.quantiles = parsed[quantiles]
    options.from = parsed[from]
    options.to = parsed[to]
    options.every = parsed[every]
    options.retrainEvery = parsed[retrainEvery]
    options.seed = UInt64(parsed[seed])
    options.threads = parsed[threads]
    guard let test = parsed[test] else {
      return try History(paths: parsed[files], lineFormat: try configuration?.lineFormat() ?? .auto)
    }
    guard parsed[files].count == 1 else {
      throw CommandError(
        description: "--test goes with one FILE, whose rows are series",
        exitStatus: UsageError.exitStatus)
    }
    let interval = options.interval ?? 3_600_000
    let history = try History(train: parsed[files][0], test: test, interval: interval)
    options.interval = interval
    options.horizon = options.horizon ?? history.testLength
    options.from = .time(History.untimedEnd(interval))
    options.to = nil
    // There is one origin.
    options.every = history.testLength ?? 1
    return history
  }

  private static func milliseconds(_ duration: Duration) -> Milliseconds {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }
}

extension ValueType where Value == [Double] {
  /// Quantile levels, separated by commas.
  fileprivate static var levels: Self {
    Self(
      placeholder: "LEVELS",
      parse: { (text) throws(ValueProblem) in
        var levels: [Double] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
          guard let level = Double(part), level > 0, level < 1, level > levels.last ?? 0 else {
            throw ValueProblem("expected ascending numbers between 0 and 1, with commas")
          }
          levels.append(level)
        }
        return levels
      },
      describe: { $0.map { "\($0)" }.joined(separator: ",") })
  }
}

extension ValueType where Value == HistoryMark {
  fileprivate static var mark: Self {
    Self(
      placeholder: "ROW|TIME|SHARE%",
      parse: { (text) throws(ValueProblem) in
        guard let mark = HistoryMark(text) else {
          throw ValueProblem(
            "expected a row such as 11520, a time such as 2017-10-24, or a share such as 20%")
        }
        return mark
      },
      describe: { "\($0)" })
  }
}
