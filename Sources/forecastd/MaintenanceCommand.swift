import CommandLineInterface
import Configuration
import ControlTopic
import KafkaClient
import MetricFormats
import Pipeline
import TimeSeries

/// `forecastd maintenance` — plans, lists and ends maintenance windows of a running daemon.
enum MaintenanceCommand: Command {
  private static let id = Option(
    "id", .text, help: "Name the window; one of the same name is replaced. Default: a new name.")
  private static let from = Option("from", .moment, default: .now, help: "When it begins.")
  private static let to = Option("to", .moment, help: "When it ends.")
  private static let length = Option("for", .duration, help: "Instead of --to: how long it is.")
  private static let stream = Option(
    "stream", .text.named("NAME"), help: "Only this stream. Default: all.")
  private static let series = Option(
    "series", short: "s", .text.named("PATTERN"),
    help: "Only series that match PATTERN, such as 'cpu.*,host=web-?'. Default: all.")
  private static let effect = Option(
    "effect", .choice(["suppress", "skip_learning", "both"]), default: "both",
    help: "Open no incident, learn nothing from the values, or both.")
  private static let rule = Option(
    "rrule", .text.named("RULE"),
    help: "Recur by this rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SU.")
  private static let timeZone = Option(
    "time-zone", .text.named("ZONE"), help: "By whose clock it recurs. Default: UTC.")
  private static let summary = Option("summary", .text, help: "What it is for.")
  private static let ended = Argument("ID", .text, help: "The window's name, as 'list' shows it.")
  private static let clients: [any DeclaredOption] = [
    DaemonClients.config, DaemonClients.broker, DaemonClients.control,
  ]

  static let declaration = CommandDeclaration(
    name: "maintenance", summary: "Plan, list and end maintenance windows of a running daemon",
    subcommands: [
      CommandDeclaration(
        name: "add", summary: "Plan a maintenance window",
        discussion: """
          Writes a record to the control topic, which every process of the daemon reads. Forecasts go \
          on in the window; --effect says what else does.
          """,
        options: [
          from, to, length, stream, series, effect, rule, timeZone, summary, id,
        ] + clients,
        examples: [
          Example(
            "forecastd maintenance add --for 2h -s '*,host=db-1' --summary 'new disks' "
              + "-c forecastd.yaml", "from now on, for one host"),
          Example(
            "forecastd maintenance add --from 2025-01-05T02:00:00+01:00 --for 3h "
              + "--rrule 'FREQ=WEEKLY' --time-zone Europe/Berlin -b localhost:9092",
            "each Sunday night"),
        ]),
      CommandDeclaration(
        name: "list", summary: "List the maintenance windows of the control topic",
        discussion: "Those of the configuration and its calendar files are not among them.",
        options: clients,
        examples: [Example("forecastd maintenance list -c forecastd.yaml", "what is planned")]),
      CommandDeclaration(
        name: "end", summary: "End a maintenance window, or call it off",
        options: clients, arguments: [ended],
        examples: [
          Example("forecastd maintenance end new-disks -c forecastd.yaml", "the work is done")
        ]),
    ])

  static func run(_ parsed: Parsed) throws {
    let configuration = try DaemonClients.configuration(parsed)
    let topic = ControlTopic(
      try DaemonClients.controlTopic(parsed, configuration),
      try DaemonClients.properties(parsed, configuration)
    ) { _, _, _ in }
    switch parsed.path.last {
    case "add": try add(parsed, to: topic)
    case "list": try list(topic)
    default:
      let key = MaintenanceRecord.key(id: parsed[ended])
      try topic.takeBack(key: key)
      writeOutput("ended: \(key) in \(topic.name)\n")
    }
  }

  private static func add(_ parsed: Parsed, to topic: ControlTopic) throws {
    let now = SystemClock().now()
    let begin = parsed[from].milliseconds(now: now)
    let end: Milliseconds
    switch (parsed[to], parsed[length]) {
    case (let to?, nil): end = to.milliseconds(now: now)
    case (nil, let length?): end = begin + Milliseconds(length / .milliseconds(1))
    case (nil, nil), (_?, _?):
      throw CommandError(
        description: "say either --to TIME or --for DURATION", exitStatus: UsageError.exitStatus)
    }
    let window = MaintenanceRecord(
      id: parsed[id] ?? newID(now), from: begin, to: end, stream: parsed[stream],
      series: parsed[series], effect: PlannedEffect(parsed[effect]) ?? .both, rule: parsed[rule],
      timeZone: parsed[timeZone], summary: parsed[summary])
    do throws(TimeSeriesError) {
      let zone = try window.timeZone.map { (name) throws(TimeSeriesError) in
        try TimeZoneFile.rules(of: name)
      }
      _ = try window.window(zone: zone ?? .utc)
    } catch {
      throw CommandError(description: "\(error)", exitStatus: UsageError.exitStatus)
    }
    try topic.write(.maintenance(window))
    writeOutput(
      """
      written to \(topic.name): \(window.id), \(TimeText.text(begin)) to \(TimeText.text(end)), \
      \(window.effect.name)
      end it: forecastd maintenance end \(window.id)\(DaemonClients.words(parsed))

      """)
  }

  private static func newID(_ now: Milliseconds) -> String {
    let digits = String(UInt16.random(in: 0 ... .max), radix: 16)
    return "m-\(TimeText.text(now / 1_000 * 1_000))-\(digits)"
  }

  private static func list(_ topic: ControlTopic) throws {
    let (records, unreadableCount) = try topic.records()
    var table = TextTable([
      .init("id"), .init("from"), .init("to"), .init("recurs"), .init("stream"), .init("series"),
      .init("effect"), .init("now"), .init("summary"),
    ])
    let now = SystemClock().now()
    var count = 0
    for case .maintenance(let window) in records {
      count += 1
      let recurs = [window.rule, window.timeZone].compactMap(\.self).joined(separator: " ")
      table.append([
        window.id, TimeText.text(window.from), TimeText.text(window.to),
        recurs, window.stream ?? "all", window.series ?? "*", window.effect.name,
        state(of: window, now: now), window.summary ?? "",
      ])
    }
    let lines = count == 0 ? ["no maintenance windows in \(topic.name)"] : table.lines()
    writeOutput(lines.joined(separator: "\n") + "\n")
    if unreadableCount > 0 {
      writeError("\(unreadableCount) records of \(topic.name) are not readable and change nothing")
    }
  }

  private static func state(of record: MaintenanceRecord, now: Milliseconds) -> String {
    do throws(TimeSeriesError) {
      let zone = try record.timeZone.map { (name) throws(TimeSeriesError) in
        try TimeZoneFile.rules(of: name)
      }
      let windows = PlannedWindows([try record.window(zone: zone ?? .utc)])
      if !windows.occurrences(in: now..<now + 1).isEmpty { return "holds" }
      guard let next = windows.next(after: now, atMost: 1).first else { return "over" }
      return "from \(TimeText.text(next.span.lowerBound))"
    } catch {
      return "unusable: \(error)"
    }
  }
}
