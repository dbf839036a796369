import CommandLineInterface
import Configuration
import Daemon
import Forecasting
import KafkaClient
import MetricFormats
import Pipeline
import TimeSeries

/// `forecastd check` — validates a configuration and says what it means.
enum CheckCommand: Command {
  private static let broker = Option(
    flag: "broker", help: "Also ask the brokers: topics, partitions, retention, permissions.")
  private static let file = Argument("FILE", .file, help: "The configuration.")

  static let declaration = CommandDeclaration(
    name: "check", summary: "Validate a configuration and say what it means",
    discussion: """
      Reports everything that is wrong with the file at once, each with its line and key, and looks \
      into the files with secrets and certificates. With --broker it also looks at every topic that the daemon reads or writes, and says what it would \
      make and what must be changed. Nothing is made.
      """,
    options: [broker], arguments: [file],
    examples: [Example("forecastd check forecastd.yaml --broker", "before the first start")])

  static func run(_ parsed: Parsed) throws {
    let configuration = try ConfigurationFile.read(parsed[file])
    let properties = try properties(of: configuration, needsSecrets: parsed[broker])
    writeOutput(meaning(of: configuration))
    if let properties, parsed[broker] { try review(configuration, properties) }
  }

  /// The properties of the clients, with which one was made: librdkafka has then accepted them, and read
  /// the files that they name.
  ///
  /// - Returns: `nil` where credentials are missing because this is not the service.
  private static func properties(
    of configuration: DaemonConfiguration, needsSecrets: Bool
  ) throws -> KafkaProperties? {
    let properties: KafkaProperties
    do throws(SecretFileError) {
      properties = try KafkaProperties(configuration)
    } catch {
      guard error.isOutsideOfService, !needsSecrets else { throw error }
      writeOutput("not checked here: \(error)\n")
      return nil
    }
    _ = try KafkaConsumer(properties.consumer(member: "check")) { _, _, _ in }
    _ = try KafkaProducer(properties.producer(member: "check")) { _, _, _ in }
    return properties
  }

  private static func meaning(of configuration: DaemonConfiguration) -> String {
    var lines = ["The configuration is valid."]
    for input in configuration.inputs {
      lines.append(
        "reads   \(input.topic) as \(input.format.format.name)"
          + (input.isKeyed ? "" : ", routed by series through \(configuration.points.topic)"))
    }
    let outputs = configuration.outputs
    lines.append("writes  \(outputs.forecasts.topic), \(outputs.anomalies.topic)")
    lines.append(
      outputs.deadLetters.isEnabled
        ? "        unusable messages go to \(outputs.deadLetters.topic)"
        : "        unusable messages are counted and logged only")
    if configuration.control.isEnabled {
      lines.append("listens to \(configuration.control.topic) for feedback and maintenance")
    }
    lines.append(
      configuration.delivery == .exactlyOnce
        ? "exactly once: a transaction every \(duration(configuration.pipeline.commitIntervalMilliseconds))"
        : "at least once: after a crash some records may come twice")
    for stream in configuration.pipeline.streams { lines += describe(stream) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func describe(_ stream: StreamSettings) -> [String] {
    let interval = stream.alignment.interval
    let model = stream.model
    let isIndex = stream.alignment.timeIsIndex
    func length(_ steps: Int) -> String {
      isIndex ? "\(steps) steps" : duration(Int64(steps) * interval)
    }
    let lengths = model.seasons.map(length).joined(separator: " and ")
    let seasons = stream.findsSeasons ? "found by the trainer" : lengths.isEmpty ? "none" : lengths
    let calendar = model.timeZone.map { "in \($0.name)" } ?? "by index"
    let reach = isIndex ? "" : " (\(length(model.horizon)))"
    return [
      "stream  \(stream.name): \(stream.patterns.map(\.text).joined(separator: " or "))",
      "        " + steps(of: stream),
      "        forecasts \(model.horizon) steps\(reach) ahead "
        + "at quantiles \(stream.publishedQuantiles.map { "\($0)" }.joined(separator: ", "))"
        + (stream.forecastEverySteps > 1 ? ", with every \(stream.forecastEverySteps)th step" : ""),
      "        seasons: \(seasons), \(calendar); window: \(model.ringCapacity) steps"
        + (isIndex ? "" : " (\(duration(stream.windowMilliseconds)))"),
      "        LSTM of \(model.layerCount) × \(model.hiddenSize), "
        + (stream.retraining == nil
          ? "never trained: forecasts come from the seasonal baselines"
          : "first trained after \(stream.training.minimumHistory) steps"),
    ] + PlannedText.lines(stream, now: SystemClock().now())
  }

  private static func steps(of stream: StreamSettings) -> String {
    let alignment = stream.alignment
    let interval = duration(alignment.interval)
    if alignment.timeIsIndex {
      return "one step each index, closed on arrival; an index is \(interval) of the timestamp"
    }
    let closing =
      alignment.closeOnArrival
      ? "on arrival" : duration(alignment.allowedLateness) + " after its end"
    return "one step each \(interval) (\(alignment.aggregation.name)), closed \(closing)"
  }

  private static func duration(_ milliseconds: Milliseconds) -> String {
    ConfiguredDuration(milliseconds: milliseconds).description
  }

  private static func review(
    _ configuration: DaemonConfiguration, _ properties: KafkaProperties
  ) throws {
    let admin = try KafkaAdmin(properties.admin(), timeout: .seconds(10)) { _, _, _ in }
    let cluster = try admin.describeCluster()
    writeOutput("cluster \(cluster.id), \(cluster.brokerCount) brokers\n")
    var problems = 0
    let topics = try TopicPlan(configuration).review(admin, creating: false)
    let access = try AccessReview(configuration, properties).review(topics)
    for (topic, finding) in topics.findings + access {
      let (mark, text) =
        switch finding {
        case .fine(let text): ("ok     ", text)
        case .created(let text), .missing(let text): ("missing", text)
        case .warning(let text): ("warning", text)
        case .problem(let text): ("PROBLEM", text)
        }
      if case .problem = finding { problems += 1 }
      writeOutput("\(mark) \(topic.name): \(text)\n")
    }
    if problems > 0 {
      throw CommandError(
        description: "\(problems) problems with topics: the daemon would not start")
    }
  }
}
