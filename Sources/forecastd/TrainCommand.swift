import Backtest
import CommandLineInterface
import Configuration
import Daemon
import Glibc
import MetricFormats
import Pipeline
import ServiceManager

/// `forecastd train` — trains the models of a new installation on recorded history.
enum TrainCommand: Command {
  private static let config = Option(
    "config", short: "c", required: .file,
    help: "The daemon's configuration: its streams, and where it keeps its state.")
  private static let history = Option(
    "history", repeated: .file,
    help:
      "A file or directory of the history: CSV, JSON lines, Influx line protocol or Graphite "
      + "lines.")
  private static let stateDirectory = Option(
    "state-directory", .directory,
    help: "Write models and training data into DIR. Default: the configuration's state_directory.")
  private static let threads = Option(
    "threads", .integer(in: 1...1024), default: processorCount,
    help: "Threads to use at most; the result does not depend on their number.")
  private static let files = Argument(
    "FILE", repeated: .file, atLeast: 0, help: "More files of the history.")

  static let declaration = CommandDeclaration(
    name: "train", summary: "Train the models of a new installation on recorded history",
    discussion: """
      Streams the history through the daemon's worker, trains each stream's model once on all of it, \
      and writes the models that pass the gate into the state directory, from which forecastd run \
      starts. The training data is written there too, for the daemon's own retrainings. If a stream \
      has a model already, the training begins with it, and replaces it only by a better one. The \
      daemon must not be running on the same directory.
      """,
    options: [config, history, stateDirectory, threads], arguments: [files],
    examples: [
      Example(
        "forecastd train --history metrics.csv --config /etc/forecastd/forecastd.yaml",
        "before the first start of the service")
    ])

  static func run(_ parsed: Parsed) throws {
    let paths = parsed[history] + parsed[files]
    guard !paths.isEmpty else {
      throw CommandError(
        description: "name the history: --history FILE", exitStatus: UsageError.exitStatus)
    }
    let configuration = try ConfigurationFile.read(parsed[config])
    let directory = parsed[stateDirectory] ?? configuration.stateDirectory
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: environmentVariables())
    let logger = Logger(.standardError(level: .warning, format: .logfmt))
    let refusals = SampledLog(linesPerPeriod: 5, period: .seconds(10))
    defer { logger.warning(refusals.takeAll()) }
    let training = try HistoryTraining(
      History(paths: paths, lineFormat: try configuration.lineFormat()),
      configuration: configuration.pipeline, stateDirectory: directory,
      log: .to(logger, refusals: refusals))
    var line = ProgressLine("training", on: terminal, start: .now)
    let outcomes = try training.run(threads: parsed[threads]) { progress in
      let detail = progress.training.map { "\($0.stream): step \($0.step) of \($0.stepCount)" }
      if let text = line.update(progress.fraction, detail: detail ?? "reading", now: .now) {
        writeError(raw: text)
      }
    }
    writeError(raw: line.finish(now: .now))
    for outcome in outcomes { writeOutput(describe(outcome, directory: directory) + "\n") }
    guard outcomes.contains(where: { $0.training != nil }) else {
      throw CommandError(description: "no stream was trained: their histories are too short")
    }
  }

  private static func describe(
    _ outcome: HistoryTraining.Outcome, directory: String
  ) -> String {
    let data = "\(outcome.stream): \(outcome.series) series, \(outcome.steps) steps"
    guard let training = outcome.training else {
      guard outcome.longest < outcome.historyMinimum else {
        return "\(data): the training gave no usable model"
      }
      return "\(data): too little, the longest series has \(outcome.longest) of at least "
        + "\(outcome.historyMinimum) steps"
    }
    let before = training.championLoss.map { "\($0)" } ?? "–"
    let after = training.challengerLoss.isFinite ? "\(training.challengerLoss)" : "–"
    let losses = "held-out loss \(before) → \(after)"
    let file = "\(directory)/models/\(outcome.stream)-\(training.modelVersion).safetensors"
    return training.isAdopted
      ? "\(data), \(losses): \(file)"
      : "\(data), \(losses): not better, the model before stays"
  }
}
