import CommandLineInterface
import Configuration
import Daemon
import KafkaClient
import Notation
import Pipeline
import ServiceManager
import Subscriber
import TimeSeries

#if canImport(Glibc)
  import Glibc
#endif

/// `forecastd subscribe` — what a running daemon publishes.
enum SubscribeCommand: Command {
  private static let forecasts = Option(
    "forecasts", .text.named("TOPIC"),
    help: "Topic of the forecasts. Default: the configuration's, or 'forecasts'.")
  private static let anomalies = Option(
    "anomalies", .text.named("TOPIC"),
    help: "Topic of the anomalies. Default: the configuration's, or 'anomalies'.")
  private static let only = Option(
    "only", .choice(["forecasts", "anomalies"]), help: "Read only one of the two topics.")
  private static let from = Option(
    "from", start, default: .latest,
    help: """
      Begin at the 'earliest' record, at what comes from now on ('latest'), or a DURATION ago, which \
      the built-in broker cannot look up.
      """)
  private static let series = Option(
    "series", short: "s", pattern,
    help: "Only series that match PATTERN, such as 'cpu.*,host=web-?'.")
  private static let count = Option(
    "count", short: "n", .integer(in: 1...Int.max), help: "End after N records.")
  private static let format = Option(
    "format", .choice(["table", "json"]),
    help: "Default: a live table on a terminal, else JSON, one record a line, as published.")

  static let declaration = CommandDeclaration(
    name: "subscribe", summary: "Show what a running daemon publishes",
    discussion: """
      Reads the topics of forecasts and anomalies with isolation.level=read_committed, so that \
      nothing is seen that an aborted transaction took back. It joins no consumer group: it commits \
      nothing, and starts at once.

      The table has a row for each series: the forecast for the next step and for the last step of \
      the horizon, each with the interval between the outermost quantiles, the age of the forecast \
      and the version of its model, with 'warming' while the series is new. Anomalies come above it.
      """,
    options: [
      DaemonClients.config, DaemonClients.broker, forecasts, anomalies, only, from, series, count,
      format,
    ],
    examples: [
      Example("forecastd subscribe -c /etc/forecastd/forecastd.yaml", "watch the service"),
      Example(
        "forecastd subscribe -b localhost:9092 --from '1h ago' --only anomalies",
        "the last hour's anomalies, and those that come"),
      Example("forecastd subscribe -b localhost:9092 -n 1 | jq .", "one record"),
    ])

  static func run(_ parsed: Parsed) throws {
    let environment = environmentVariables()
    let configuration = try DaemonClients.configuration(parsed)
    var settings = Subscription.Settings(
      forecasts: parsed[forecasts] ?? configuration?.outputs.forecasts.topic ?? "forecasts",
      anomalies: parsed[anomalies] ?? configuration?.outputs.anomalies.topic ?? "anomalies")
    if parsed[only] == "forecasts" { settings.anomalies = nil }
    if parsed[only] == "anomalies" { settings.forecasts = nil }
    settings.start = parsed[from].readerStart(now: SystemClock().now())
    settings.pattern = parsed[series]
    settings.count = parsed[count]
    let isTerminal = isatty(STDOUT_FILENO) == 1
    settings.format =
      (parsed[format] ?? (isTerminal ? "table" : "json")) == "table" ? .table : .json
    let clients = try DaemonClients.properties(parsed, configuration)
    let control = DaemonControl()
    try SignalReceiver.install { signal in
      if signal == .stop { control.stop() }
    }
    var subscription = Subscription(
      settings,
      environment: Subscription.Environment(
        terminal: { Terminal(fileDescriptor: STDOUT_FILENO, environment: environment) },
        write: { writeOutput(bytes: $0) }, complain: { writeError("forecastd: \($0)") },
        isStopping: { control.isStopping }, now: { SystemClock().now() }))
    try subscription.run(clients) { _, _, _ in }
  }

  private static let pattern = ValueType<SeriesPattern>(
    placeholder: "PATTERN",
    parse: { (text) throws(ValueProblem) in
      do throws(TimeSeriesError) {
        return try SeriesPattern(text)
      } catch { throw ValueProblem("\(error)") }
    },
    describe: { $0.text })

  private static let start = ValueType<SubscriptionStart>(
    placeholder: "earliest|latest|DURATION", completions: .choices(["earliest", "latest"]),
    parse: { (text) throws(ValueProblem) in try SubscriptionStart(text) },
    describe: { $0.text })
}

/// Where a subscription begins, as the command line says it.
private enum SubscriptionStart: Sendable {
  case earliest
  case latest
  case ago(Duration)

  init(_ text: String) throws(ValueProblem) {
    switch text {
    case "earliest": self = .earliest
    case "latest": self = .latest
    default:
      let suffix = " ago"
      let duration = text.hasSuffix(suffix) ? String(text.dropLast(suffix.count)) : text
      do throws(NotationError) {
        self = .ago(try DurationNotation.parse(duration))
      } catch {
        throw ValueProblem("expected earliest, latest or a duration such as '1h ago': \(error)")
      }
    }
  }

  var text: String {
    switch self {
    case .earliest: "earliest"
    case .latest: "latest"
    case .ago(let duration): "\(DurationNotation.text(duration)) ago"
    }
  }

  func readerStart(now: Milliseconds) -> OutputReader.Start {
    switch self {
    case .earliest: .earliest
    case .latest: .latest
    case .ago(let duration):
      .since(milliseconds: now - Milliseconds(duration / .milliseconds(1)))
    }
  }
}
