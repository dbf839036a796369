import CommandLineInterface
import Daemon
import Glibc

/// The program's commands, and the way from its arguments to one of them.
enum Program {
  private static let commands: [any Command.Type] = [
    RunCommand.self, DemoCommand.self, SubscribeCommand.self, CheckCommand.self,
    ReplayCommand.self, BacktestCommand.self, DetectCommand.self, TrainCommand.self,
    RecordCommand.self, FixtureCommand.self, FeedbackCommand.self, MaintenanceCommand.self,
  ]

  private static var declaration: ProgramDeclaration {
    ProgramDeclaration(
      name: "forecastd", version: forecastdVersion,
      summary: "Forecast metric streams from Kafka and flag anomalies",
      discussion: """
        Consumes metrics from Kafka topics, keeps a rolling window and a stateful LSTM for every \
        series, retrains online, and publishes probabilistic forecasts and anomaly flags.
        """,
      commands: commands.map { $0.declaration },
      examples: [
        Example("forecastd demo", "show it at work on a built-in broker"),
        Example("forecastd check /etc/forecastd/forecastd.yaml --broker", "before the first start"),
        Example("forecastd run --config /etc/forecastd/forecastd.yaml", "the daemon"),
      ],
      files: [Described("/etc/forecastd/forecastd.yaml", "The configuration of the service.")],
      exitStatuses: [
        Described("1", "The command failed."),
        Described("78", "The configuration is wrong (EX_CONFIG of sysexits.h)."),
      ])
  }

  /// - Returns: the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    let environment = environmentVariables()
    let terminal = Terminal(fileDescriptor: STDOUT_FILENO, environment: environment)
    do {
      let invocation = try declaration.parse(
        arguments, environment: environment, width: terminal.width)
      switch invocation {
      case .output(let text):
        writeOutput(text)
        return 0
      case .command(let parsed):
        guard let name = parsed.path.first,
          let command = commands.first(where: { $0.declaration.name == name })
        else { preconditionFailure("every declared command is in the list") }
        try command.run(parsed)
        return 0
      }
    } catch let error as UsageError {
      writeError("\(error)")
      return UsageError.exitStatus
    } catch let error as CommandError {
      writeError("forecastd: \(error)")
      return error.exitStatus
    } catch {
      writeError("forecastd: \(error)")
      return 1
    }
  }
}

/// Number of processors that are online.
var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// The environment as a dictionary.
func environmentVariables() -> [String: String] {
  var variables: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let parts = String(cString: text).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
    entry += 1
  }
  return variables
}
