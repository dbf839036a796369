import Backtest
import CommandLineInterface
import Glibc
import ServiceManager
import TableDetection

/// `forecastd detect` — the daemon's detector over tables, with scores where they have labels.
enum DetectCommand: Command {
  private static let output = Option(
    "output", short: "o", .directory,
    help:
      "Write a table of the same relative path for each FILE, report.json and report.html into DIR."
  )
  private static let seed = Option(
    "seed", .integer(in: 0...Int.max), default: 1, help: "Start of every pseudo-random sequence.")
  private static let threads = Option(
    "threads", .integer(in: 1...1024), default: processorCount,
    help: "Threads to use at most; the result does not depend on their number.")
  private static let files = Argument(
    "FILE", repeated: .file, atLeast: 1,
    help:
      "A CSV table with the header timestamp,value or timestamp,value,label; a directory stands for "
      + "all *.csv in and below it.")

  static let declaration = CommandDeclaration(
    name: "detect", summary: "Find anomalies in recorded tables",
    discussion: """
      Streams each table through the daemon's worker as a series of its own, with the settings that \
      a daemon has by default. A result has one row for each row of its table, with the forecast, the \
      anomaly score and whether an incident opens there. What is said of a row follows from the rows \
      up to it. Labels are not read for that: where there are some, they score the result.
      """,
    options: [output, seed, threads], arguments: [files],
    examples: [
      Example("forecastd detect metrics/ --output out", "every table below a directory")
    ])

  static func run(_ parsed: Parsed) throws {
    let terminal = Terminal(fileDescriptor: STDERR_FILENO, environment: environmentVariables())
    let run = try TableDetectionRun(
      paths: parsed[files], outputDirectory: parsed[output], seed: UInt64(parsed[seed]),
      threads: parsed[threads])
    var line = ProgressLine("detect", on: terminal, start: .now)
    let report = try run.run { progress in
      let detail = "\(progress.forecasts) rows judged"
      if let text = line.update(progress.fraction, detail: detail, now: .now) {
        writeError(raw: text)
      }
    }
    writeError(raw: line.finish(detail: "\(report.rowCount) rows", now: .now))
    writeOutput(report.text())
  }
}
