import CommandLineInterface
import Configuration
import Daemon
import ServiceManager

/// `forecastd run` — the daemon.
enum RunCommand: Command {
  private static let config = Option(
    "config", short: "c", required: .file, help: "Read the configuration from FILE.")

  static let declaration = CommandDeclaration(
    name: "run", summary: "Run the daemon",
    discussion: """
      Consumes the configured topics until SIGTERM or SIGINT, then drains, commits and exits with 0. \
      SIGHUP reads the configuration again: the log's level changes at once, and the log says what \
      else needs a restart.

      Under systemd it reports readiness and status, feeds the watchdog while all of its threads go \
      round, and finds secrets among the service's credentials.
      """,
    options: [config],
    examples: [Example("forecastd run -c /etc/forecastd/forecastd.yaml", "as the service does")])

  static func run(_ parsed: Parsed) throws {
    let path = parsed[config]
    let configuration = try ConfigurationFile.read(path)
    let output = LogOutput.standardError(
      level: configuration.logLevel.level,
      format: configuration.logFormat == .json ? .json : .logfmt)
    let logger = Logger(output)
    let control = DaemonControl()
    let reload = ConfigurationReload(
      path: path, running: configuration, output: output, logger: logger)
    try SignalReceiver.install { signal in
      switch signal {
      case .stop:
        logger.info("stopping")
        control.stop()
      case .reload: reload.reload()
      }
    }
    logger.info(
      "starting",
      [
        "version": .string(forecastdVersion), "config": .string(path),
        "group": .string(configuration.group),
        "delivery": .string(
          configuration.delivery == .exactlyOnce ? "exactly_once" : "at_least_once"),
      ])
    try Daemon(configuration, logger: logger, control: control).run()
  }
}

extension DaemonConfiguration.LogLevel {
  var level: LogLevel {
    switch self {
    case .error: .error
    case .warning: .warning
    case .info: .info
    case .debug: .debug
    }
  }
}

/// What SIGHUP does: it takes over from the file what can change at run time, and nothing if the
/// file is wrong.
private struct ConfigurationReload: Sendable {
  let path: String
  let running: DaemonConfiguration
  let output: LogOutput
  let logger: Logger

  func reload() {
    let notifier = ServiceNotifier()
    notifier.reloading()
    defer { notifier.ready() }
    do throws(CommandError) {
      let new = try ConfigurationFile.read(path)
      output.level = new.logLevel.level
      let pending = running.settingsThatDiffer(from: new)
      logger.info(
        "configuration read again",
        [
          "log_level": .string(new.logLevel.level.name),
          "needs_restart": .string(pending.isEmpty ? "nothing" : pending.joined(separator: ",")),
        ])
    } catch {
      logger.error("configuration not read again", ["reason": .string("\(error)")])
    }
  }
}
