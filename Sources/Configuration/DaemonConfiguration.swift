import Forecasting
package import Pipeline
import TimeSeries

/// The whole configuration of a daemon. config/forecastd.yaml explains each key.
package struct DaemonConfiguration: Decodable, Sendable {
  package enum Delivery: Sendable { case exactlyOnce, atLeastOnce }
  package enum LogFormat: Sendable { case logfmt, json }
  package enum LogLevel: Sendable { case error, warning, info, debug }

  package var kafka: KafkaSection
  package var group: String
  package var instance: String?
  package var delivery: Delivery
  package var workers: Int
  package var inputs: [InputSection]
  package var points: TopicSection
  /// Where operators speak to the daemon.
  package var control: TopicSection
  package var outputs: OutputsSection
  package var streams: [StreamSection]
  package var stateDirectory: String
  /// The address of the status server; empty for no server.
  package var statusAddress: String
  package var logLevel: LogLevel
  package var logFormat: LogFormat
  package var pipeline: PipelineSettings

  enum CodingKeys: String, CodingKey {
    case kafka, group, instance, delivery, workers, start, inputs, outputs, streams, status, log,
      seed
    case commitInterval = "commit_interval"
    case pointsTopic = "points_topic"
    case controlTopic = "control_topic"
    case futureTolerance = "future_tolerance"
    case idleAfter = "idle_after"
    case stallMaximum = "stall_maximum"
    case stateDirectory = "state_directory"
    case snapshotInterval = "snapshot_interval"
  }

  /// What a decoder needs to know beside the file.
  ///
  /// - Parameter directory: from which relative names of calendars count.
  package static func userInfo(directory: String) -> [CodingUserInfoKey: any Sendable] {
    CalendarSection.directoryKey.map { [$0: directory] } ?? [:]
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kafka = try container.decode(KafkaSection.self, forKey: .kafka)
    group = try container.value(.group, default: "forecastd")
    guard !group.isEmpty else { throw container.impossible(.group, "is empty") }
    instance = try container.decodeIfPresent(String.self, forKey: .instance)
    delivery = try container.word(
      .delivery, default: .exactlyOnce,
      among: ["exactly_once": .exactlyOnce, "at_least_once": .atLeastOnce])
    workers = try container.number(.workers, default: 1, in: 1...256)
    inputs = try container.decode([InputSection].self, forKey: .inputs)
    points = try container.topic(
      .pointsTopic,
      default: TopicSection(
        topic: "forecastd-points", partitions: 4, replication: -1, retention: 7 * 86_400_000))
    control = try container.controlTopic(.controlTopic)
    outputs = try container.value(.outputs, default: OutputsSection())
    streams = try container.decode([StreamSection].self, forKey: .streams)
    stateDirectory = try container.value(.stateDirectory, default: "/var/lib/forecastd")
    let status = try container.decodeIfPresent(StatusSection.self, forKey: .status)
    statusAddress = status?.listen ?? StatusSection.defaultListen
    let log = try container.decodeIfPresent(LogSection.self, forKey: .log)
    logLevel = log?.level ?? .info
    logFormat = log?.format ?? .logfmt
    pipeline = try Self.pipeline(container, streams: streams)
    pipeline.isTransactional = delivery == .exactlyOnce
    pipeline.sendsDeadLetters = outputs.deadLetters.isEnabled
    pipeline.sendsReports = outputs.reports.isEnabled
    try checkTogether(container)
  }

  private static func pipeline(
    _ container: KeyedDecodingContainer<CodingKeys>, streams: [StreamSection]
  ) throws -> PipelineSettings {
    let tolerance = try container.duration(.futureTolerance, default: 60_000)
    guard tolerance <= 366 * 86_400_000 else {
      throw container.impossible(.futureTolerance, "is more than 366d")
    }
    var pipeline = PipelineSettings(
      streams: streams.map { section in
        var settings = section.settings
        settings.alignment.futureTolerance = tolerance
        return settings
      })
    pipeline.commitIntervalMilliseconds = try container.duration(.commitInterval, default: 100)
    guard (1...60_000).contains(pipeline.commitIntervalMilliseconds) else {
      throw container.impossible(.commitInterval, "is not from 1ms to 60s")
    }
    pipeline.snapshotIntervalMilliseconds = try container.duration(
      .snapshotInterval, default: 60_000)
    guard pipeline.snapshotIntervalMilliseconds >= 1_000 else {
      throw container.impossible(.snapshotInterval, "is less than 1s")
    }
    pipeline.idleMilliseconds = try container.duration(.idleAfter, default: 30_000)
    pipeline.stallMilliseconds = try container.duration(.stallMaximum, default: 60_000)
    guard pipeline.stallMilliseconds >= 10_000 else {
      throw container.impossible(
        .stallMaximum, "is less than 10s, within which every router speaks of its channels")
    }
    pipeline.start = try container.word(
      .start, default: .earliest, among: ["earliest": .earliest, "latest": .latest])
    pipeline.seed = UInt64(try container.number(.seed, default: 1, in: 0...Int.max))
    return pipeline
  }

  /// Checks the values that depend on each other.
  private func checkTogether(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    guard !inputs.isEmpty else { throw container.impossible(.inputs, "is empty: name a topic") }
    guard !streams.isEmpty else {
      throw container.impossible(
        .streams, "is empty: without a stream no point is used")
    }
    let names = streams.map(\.settings.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw container.impossible(.streams, "has two streams named '\(twice)'")
    }
    if pipeline.timeIsIndex,
      let stream = pipeline.streams.first(where: { !$0.alignment.timeIsIndex })
    {
      throw container.impossible(
        .streams,
        "has streams with time: index beside '\(stream.name)', whose time is real; a partition has one "
          + "watermark: give them a daemon of their own, with its group and topics")
    }
    try checkTransactions(container)
    let reading = inputs.map(\.topic) + (needsRouter ? [points.topic] : [])
    if let twice = reading.first(where: { topic in reading.count { $0 == topic } > 1 }) {
      throw container.impossible(.inputs, "reads topic '\(twice)' twice")
    }
    let writing = [
      outputs.forecasts, outputs.anomalies, outputs.deadLetters, outputs.reports,
    ].filter(\.isEnabled).map(\.topic)
    if let loop = writing.first(where: reading.contains) {
      throw container.impossible(
        .inputs, "reads '\(loop)', which is an output of the daemon itself")
    }
    if let twice = writing.first(where: { topic in writing.count { $0 == topic } > 1 }) {
      throw container.impossible(.outputs, "writes two kinds of records to '\(twice)'")
    }
    if control.isEnabled, (reading + writing).contains(control.topic) {
      throw container.impossible(
        .controlTopic, "is '\(control.topic)', which is an input or an output already")
    }
    if needsRouter,
      let stream = pipeline.streams.first(where: { $0.windowMilliseconds > points.retention })
    {
      throw container.impossible(
        .pointsTopic,
        "keeps points for \(ConfiguredDuration(milliseconds: points.retention)), but the window of "
          + "stream '\(stream.name)' covers "
          + "\(ConfiguredDuration(milliseconds: stream.windowMilliseconds)): raise retention")
    }
  }

  /// A transaction begins with the first record after a commit. It must outlive the commit interval, the
  /// turn in which the interval ends, and the commit itself.
  private func checkTransactions(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    guard delivery == .exactlyOnce else { return }
    if let text = kafka.transactionTimeout, Int64(text) == nil {
      throw container.impossible(
        .kafka, "has transaction.timeout.ms: \(text), which is not a number of milliseconds")
    }
    let least = pipeline.commitIntervalMilliseconds + 10_000
    guard transactionTimeoutMilliseconds < least else { return }
    throw container.impossible(
      .commitInterval,
      "is \(ConfiguredDuration(milliseconds: pipeline.commitIntervalMilliseconds)), but brokers abort "
        + "a transaction after transaction.timeout.ms: \(transactionTimeoutMilliseconds): raise that to "
        + "\(least) or more, or leave it out")
  }

  /// After this time, brokers abort a transaction that has not been committed.
  package var transactionTimeoutMilliseconds: Int64 {
    kafka.transactionTimeout.flatMap { Int64($0) }
      ?? max(60_000, pipeline.commitIntervalMilliseconds + 30_000)
  }

  /// Whether an input is not keyed by series, so that a router must bring its points together.
  package var needsRouter: Bool { inputs.contains { !$0.isKeyed } }
}

/// `status:` — the HTTP server for metrics and health.
private struct StatusSection: Decodable {
  static let defaultListen = "127.0.0.1:9464"
  var listen: String

  enum CodingKeys: String, CodingKey { case listen }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    listen = try container.value(.listen, default: Self.defaultListen)
  }
}

/// `log:` — the level and the format of the log.
private struct LogSection: Decodable {
  var level: DaemonConfiguration.LogLevel
  var format: DaemonConfiguration.LogFormat

  enum CodingKeys: String, CodingKey { case level, format }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    level = try container.word(
      .level, default: .info,
      among: ["error": .error, "warning": .warning, "info": .info, "debug": .debug])
    format = try container.word(
      .format, default: .logfmt, among: ["logfmt": .logfmt, "json": .json])
  }
}
