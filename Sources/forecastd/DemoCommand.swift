import CommandLineInterface
import Daemon
import Demo
import ServiceManager

#if canImport(Glibc)
  import Glibc
#endif

/// `forecastd demo` — the daemon and a broker in one process, without an installation.
enum DemoCommand: Command {
  private static let once = Option(
    flag: "once", help: "End with a summary at the end of the recording.")
  private static let fixture = Option(
    "fixture", .file, help: "Play this recording (Influx line protocol) instead of the bundled one."
  )
  private static let log = Option("log", .file, help: "Write the daemon's log to FILE.")

  static let declaration = CommandDeclaration(
    name: "demo", summary: "Show forecasts at work on a built-in broker",
    discussion: """
      Starts the daemon and librdkafka's built-in broker in one process on 127.0.0.1, plays a \
      recording of a real machine's metrics into the input topic at high speed, as if it ended now, \
      and shows the records of the output topics: forecasts as a live table, anomalies and \
      retrainings as they come.

      After the recording it continues with this host's own metrics, sampled every 2 s, until \
      Ctrl-C. Only a temporary directory is written, which is removed at the end. Nothing is sent \
      to other hosts. The built-in broker has no transactions, so delivery is at_least_once here.
      """,
    options: [once, fixture, log],
    examples: [
      Example("forecastd demo", "until Ctrl-C"),
      Example("forecastd demo --once", "ends by itself"),
    ])

  static func run(_ parsed: Parsed) throws {
    let startedAt = ContinuousClock.now
    let environment = environmentVariables()
    let control = DaemonControl()
    try SignalReceiver.install { signal in
      if signal == .stop { control.stop() }
    }
    let path = try parsed[fixture] ?? BundledFixture.locate(executable: BundledFixture.executable())
    var settings = Demo.Settings(fixture: try Fixture(path: path))
    settings.isOnce = parsed[once]
    settings.host = hostName()
    settings.startedAt = startedAt
    settings.environment = environment
    var demo = Demo(
      settings,
      terminal: { Terminal(fileDescriptor: STDOUT_FILENO, environment: environment) },
      write: { writeOutput($0) }, control: control,
      logger: Logger(try logOutput(parsed[log])))
    try demo.run()
  }

  /// Without a file only errors are logged, because the log would run through the table.
  private static func logOutput(_ path: String?) throws(CommandError) -> LogOutput {
    guard let path else { return .standardError(level: .error, format: .logfmt) }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw CommandError(description: "\(path): \(String(cString: strerror(errno)))")
    }
    return LogOutput(level: .info, format: .logfmt, destination: .descriptor(file))
  }
}
