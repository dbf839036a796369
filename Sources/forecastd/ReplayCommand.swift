import CommandLineInterface
import Configuration
import Daemon
import Glibc
import MetricFormats
import Pipeline
import Replay
import ServiceManager

/// `forecastd replay` — the daemon's worker loop from input files to output files.
enum ReplayCommand: Command {
  private static let config = Option(
    "config", short: "c", .file,
    help: "Take the streams, and the format of lines, from FILE instead of guessing them.")
  private static let season = Option(
    "season", .seasons,
    help:
      "Season lengths in steps, such as 24,168, for every stream; or auto, to find them in the "
      + "values alone. Default: the configuration's, or else the usual ones of the interval until a "
      + "training finds others.")
  private static let output = Option(
    "output", short: "o", .directory,
    help: "Write forecasts, anomalies, dead letters, reports and the summary into DIR.")
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "Start of every pseudo-random sequence.")
  private static let batch = Option(
    "batch", .integer(in: 1...1_000_000), default: BatchLimits().messagesMaximum,
    help: "Messages that one turn of the loop takes at most; the output does not depend on it.")
  private static let files = Argument(
    "FILE", repeated: .file, atLeast: 1,
    help:
      "CSV, Influx line protocol, JSON lines or Graphite lines; a directory stands for its files.")

  static let declaration = CommandDeclaration(
    name: "replay", summary: "Run recorded metrics through the daemon's loop, without Kafka",
    discussion: """
      Merges the files by time, forecasts every series, retrains on schedule, and compares the errors \
      of the forecasts with those of seasonal naive ones. Without --config the intervals and seasons \
      are guessed from the beginning of each file. One seed and the same files give the same bytes.

      In a table the first column is the time. A table with the columns series, time and value names \
      the series in each row. A table with time and value (and label) is one series, which has the \
      name of the file. In any other table each column is a series.
      """,
    options: [config, season, output, seed, batch], arguments: [files],
    examples: [Example("forecastd replay metrics.csv --output out", "forecasts for a table")])

  static func run(_ parsed: Parsed) throws {
    let configuration = try parsed[config].map { try ConfigurationFile.read($0) }
    var limits = BatchLimits()
    limits.messagesMaximum = parsed[batch]
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: environmentVariables())
    let logger = Logger(.standardError(level: .warning, format: .logfmt))
    let refusals = SampledLog(linesPerPeriod: 5, period: .seconds(10))
    defer { logger.warning(refusals.takeAll()) }
    let run = ReplayRun(
      paths: parsed[files], configuration: configuration?.pipeline,
      seasons: parsed[season],
      lineFormat: try configuration?.lineFormat() ?? .auto,
      outputDirectory: parsed[output], seed: UInt64(parsed[seed]), limits: limits,
      log: .to(logger, refusals: refusals))
    var line = ProgressLine("replay", on: terminal, start: .now)
    let report = try run.run { progress in
      let fraction = Double(progress.bytes) / Double(max(1, progress.totalBytes))
      let detail = "\(progress.forecasts) forecasts, \(progress.anomalies) anomalies"
      if let text = line.update(fraction, detail: detail, now: .now) { writeError(raw: text) }
    }
    writeError(raw: line.finish(now: .now))
    writeOutput(report.text())
  }
}
