import CommandLineInterface
import Configuration
import ControlTopic
import KafkaClient
import MetricFormats
import Pipeline
import TimeSeries

/// `forecastd feedback` — tells a running daemon what an incident was worth.
enum FeedbackCommand: Command {
  private static let incident = Argument(
    "INCIDENT", optional: .text,
    help: "The field 'incident' of an anomaly record; of a group's, all its series are meant.")
  private static let series = Option(
    "series", short: "s", .text.named("KEY"),
    help: "Instead of an incident: the canonical key of a series, the field 'series' of a record.")
  private static let from = Option(
    "from", .moment, help: "With --series: the begin of the time that it is about.")
  private static let to = Option("to", .moment, help: "With --series: its end. Default: now.")
  private static let falseAlarm = Option(
    flag: "false-alarm", help: "There was nothing: the series shall be judged more strictly.")
  private static let missed = Option(
    flag: "missed", help: "There was something, and no incident; only with --series.")
  private static let real = Option(flag: "real", help: "The incident was right.")
  private static let takeBack = Option(
    flag: "take-back",
    help: "Take back what was said of the incident, or of the series and --from.")
  private static let kinds = Option(
    "kind", repeated: .choice(of: AnomalyRecord.Kind.self),
    help: "The evidence that it is about. Default: that with which the incident opened.")
  private static let note = Option(
    "note", .text, help: "A remark that stays in the record, such as who says so and why.")
  private static let anomalies = Option(
    "anomalies", .text.named("TOPIC"),
    help: "Topic of the anomalies. Default: the configuration's, or 'anomalies'.")

  static let declaration = CommandDeclaration(
    name: "feedback", summary: "Tell a running daemon what an incident was worth",
    discussion: """
      Writes a record to the control topic, which every process of the daemon reads. A false alarm \
      halves the budget of its series, and takes the share of the evidence that opened the incident \
      down to a third; a missed incident does the opposite. The effect is bounded, fades with a \
      half-life of four weeks, and survives restarts (docs/anomalies.md, Feedback).

      A later record of the same incident, or of the same series and begin, takes the place of the \
      earlier one.
      """,
    options: [
      series, from, to, falseAlarm, missed, real, takeBack, kinds, note, anomalies,
      DaemonClients.config, DaemonClients.broker, DaemonClients.control,
    ],
    arguments: [incident],
    examples: [
      Example("forecastd feedback 3c1b5d0a92e4f716 --false-alarm -c forecastd.yaml", "by its id"),
      Example(
        "forecastd feedback -s 'cpu.usage,host=web-1' --from '2h ago' --missed -b localhost:9092",
        "an incident that should have been"),
    ])

  static func run(_ parsed: Parsed) throws {
    let subject = try subject(parsed)
    let configuration = try DaemonClients.configuration(parsed)
    let name = try DaemonClients.controlTopic(parsed, configuration)
    let clients = try DaemonClients.properties(parsed, configuration)
    let topic = ControlTopic(name, clients) { _, _, _ in }
    let label = try label(parsed, subject)
    let search = IncidentSearch(
      in: parsed[anomalies] ?? configuration?.outputs.anomalies.topic ?? "anomalies", clients
    ) { _, _, _ in }
    for subject in try single(subject, search) {
      guard let label else {
        try topic.takeBack(key: subject.key)
        writeOutput("taken back from \(name): \(subject.key)\n")
        continue
      }
      try write(subject, label, parsed, search, to: topic, name: name)
    }
  }

  /// An incident of a group stands for those of its series.
  private static func single(
    _ subject: Subject, _ search: IncidentSearch
  ) throws -> [Subject] {
    guard case .incident(let id) = subject else { return [subject] }
    let members = try search.members(ofGroupIncident: id)
    return members.isEmpty ? [subject] : members.map { .incident($0.id) }
  }

  private static func write(
    _ subject: Subject, _ label: FeedbackRecord.Label, _ parsed: Parsed,
    _ search: IncidentSearch, to topic: borrowing ControlTopic, name: String
  ) throws {
    let (record, lines) = try record(of: subject, label, parsed, search)
    try topic.write(.feedback(record))
    let target = parsed[incident].map { " \($0)" } ?? subject.words
    writeOutput(
      """
      \(label.rawValue) written to \(name) as \(record.key)
      \(lines.map { "  \($0)\n" }.joined())\
      take it back: forecastd feedback\(target) --take-back\(DaemonClients.words(parsed))

      """)
  }

  /// What the feedback is about.
  private enum Subject {
    case incident(String)
    case time(series: String, from: Milliseconds, to: Milliseconds)

    var key: String {
      switch self {
      case .incident(let id): FeedbackRecord.key(incident: id)
      case .time(let series, let from, _): FeedbackRecord.key(series: series, from: from)
      }
    }

    /// As the command line says it.
    var words: String {
      switch self {
      case .incident(let id): " \(id)"
      case .time(let series, let from, _): " -s '\(series)' --from \(TimeText.text(from))"
      }
    }
  }

  private static func subject(_ parsed: Parsed) throws(CommandError) -> Subject {
    let now = SystemClock().now()
    switch (parsed[incident], parsed[series]) {
    case (let id?, nil):
      guard parsed[from] == nil, parsed[to] == nil else {
        throw usage("an incident has its own time: leave out --from and --to")
      }
      return .incident(id)
    case (nil, let key?):
      guard let from = parsed[from]?.milliseconds(now: now) else {
        throw usage("--series needs --from, the begin of the time that it is about")
      }
      let to = parsed[to]?.milliseconds(now: now) ?? max(now, from)
      guard from <= to else { throw usage("--from is after --to") }
      return .time(series: SeriesKey(canonical: key.utf8).description, from: from, to: to)
    case (nil, nil), (_?, _?):
      throw usage("name either an INCIDENT or a --series with --from and --to")
    }
  }

  /// - Returns: nil to take back what was said.
  private static func label(
    _ parsed: Parsed, _ subject: Subject
  ) throws(CommandError) -> FeedbackRecord.Label? {
    var labels: [FeedbackRecord.Label] = []
    if parsed[falseAlarm] { labels.append(.falseAlarm) }
    if parsed[missed] { labels.append(.missed) }
    if parsed[real] { labels.append(.real) }
    guard labels.count + (parsed[takeBack] ? 1 : 0) == 1 else {
      throw usage("say one of --false-alarm, --missed, --real and --take-back")
    }
    if labels == [.missed], case .incident = subject {
      throw usage(
        "an incident that was found was not missed: name the --series, --from and --to of what was")
    }
    return labels.first
  }

  private static func record(
    of subject: Subject, _ label: FeedbackRecord.Label, _ parsed: Parsed, _ search: IncidentSearch
  ) throws -> (FeedbackRecord, [String]) {
    var record: FeedbackRecord
    var incidents: [IncidentSearch.Incident] = []
    switch subject {
    case .incident(let id):
      incidents = [try search.incident(id)]
      record = FeedbackRecord(series: incidents[0].series, label: label, incident: id)
    case .time(let series, let from, let to):
      record = FeedbackRecord(series: series, label: label, from: from, to: to)
      if label != .missed, parsed[kinds].isEmpty {
        incidents = try search.incidents(of: series, from: from, to: to)
      }
    }
    record.kinds = parsed[kinds]
    if record.kinds.isEmpty {
      for kind in incidents.flatMap(\.kinds) where !record.kinds.contains(kind) {
        record.kinds.append(kind)
      }
    }
    record.time = SystemClock().now()
    record.note = parsed[note]
    var lines = ["series    \(Terminal.sanitized(record.series))"]
    for incident in incidents {
      lines.append("incident  \(incident.id), opened \(TimeText.text(incident.openedAt))")
    }
    lines.append(
      record.kinds.isEmpty
        ? "evidence  not known: only the budget of the series changes"
        : "evidence  \(record.kinds.map(\.rawValue).joined(separator: ", "))")
    return (record, lines)
  }

  private static func usage(_ problem: String) -> CommandError {
    CommandError(description: problem, exitStatus: UsageError.exitStatus)
  }
}
