import CommandLineInterface
import Testing

/// A program with every kind of declaration.
enum TestProgram {
  enum Format: String, CaseIterable, Sendable { case table, json }

  static let level = Option(
    "log-level", .choice(["error", "warning", "info"]), default: "info",
    environment: "RAIN_LOG_LEVEL", help: "Log nothing below this level.")
  static let config = Option(
    "config", short: "c", .file, environment: "RAIN_CONFIG",
    help: "Read the configuration from FILE. The file's keys are explained where it was installed.")
  static let verbose = Option(flag: "verbose", short: "v", help: "Say more.")
  static let quiet = Option(flag: "quiet", short: "q", help: "Say it's [nothing]: less.")
  static let brokers = Option(
    "broker", short: "b", repeated: .text.named("HOST"), help: "A broker.")
  static let every = Option(
    "every", .duration, default: .seconds(10), help: "Time between samples.")
  static let limit = Option("limit", .integer(in: 0...Int.max), default: 100, help: "Rows kept.")
  static let count = Option("count", short: "n", .integer(in: 1...10), help: "How many.")
  static let format = Option("format", .choice(of: Format.self), default: .table, help: "Form.")
  static let output = Option("output", short: "o", required: .directory, help: "Where to write.")
  static let files = Argument("FILE", repeated: .file, atLeast: 1, help: "Files to replay.")
  static let target = Argument("TARGET", .choice(["host", "topic"]), help: "What to record to.")
  static let name = Argument("NAME", optional: .text, help: "A name.")

  static let run = CommandDeclaration(
    name: "run", summary: "Run the service",
    discussion: """
      It runs until it is stopped, and it says so in a text that is long enough to be wrapped twice.

          kept as it is:   even spaces
      """,
    options: [config, verbose, quiet, brokers, every, limit, count, format],
    examples: [Example("rain run -c 'a b.yaml'", "Run with a file.")])
  static let replay = CommandDeclaration(
    name: "replay", summary: "Replay files", options: [output, verbose], arguments: [files])
  static let record = CommandDeclaration(
    name: "record", summary: "Record", group: "Fixtures", arguments: [target, name])
  static let generate = CommandDeclaration(
    name: "generate", summary: "Generate a fixture", options: [format])
  static let fixture = CommandDeclaration(
    name: "fixture", summary: "Work with fixtures", group: "Fixtures",
    subcommands: [generate, CommandDeclaration(name: "list", summary: "List fixtures")])

  static let program = ProgramDeclaration(
    name: "rain", version: "1.2.3", summary: "Forecast the rain", discussion: "A longer text.",
    options: [level], commands: [run, replay, record, fixture],
    examples: [Example("rain run", "Runs.")],
    environment: [Described("RAIN_HOME", "Where it lives.")],
    files: [Described("/etc/rain.yaml", "The configuration.")],
    exitStatuses: [Described("1", "It failed.")])

  static func parse(_ line: String..., environment: [String: String] = [:]) throws -> Parsed {
    let invocation = try program.parse(line, environment: environment)
    guard case .command(let parsed) = invocation else {
      Issue.record("'\(line)' prints instead of running")
      throw UnexpectedOutput()
    }
    return parsed
  }

  /// What the words print instead of running a command.
  static func output(_ words: [String], width: Int = 80) throws -> String {
    guard case .output(let text) = try program.parse(words, width: width) else {
      Issue.record("'\(words)' runs instead of printing")
      throw UnexpectedOutput()
    }
    return text
  }

  struct UnexpectedOutput: Error {}
}
