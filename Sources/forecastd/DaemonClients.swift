import CommandLineInterface
import Configuration
import Daemon
import KafkaClient

/// How a command finds the brokers and topics of a daemon that runs elsewhere.
enum DaemonClients {
  static let config = Option(
    "config", short: "c", .file,
    help: "Take brokers, security and topics from the daemon's configuration FILE.")
  static let broker = Option(
    "broker", short: "b", .text.named("HOST:PORT"),
    help: "Ask this broker instead; several are separated by commas.")
  static let control = Option(
    "control", .text.named("TOPIC"),
    help: "The control topic. Default: the configuration's, or 'forecastd-control'.")

  static func configuration(_ parsed: Parsed) throws(CommandError) -> DaemonConfiguration? {
    guard let path = parsed[config] else { return nil }
    return try ConfigurationFile.read(path)
  }

  /// The properties of the command's clients.
  static func properties(
    _ parsed: Parsed, _ configuration: DaemonConfiguration?
  ) throws -> KafkaConfiguration {
    if var configuration {
      if let broker = parsed[broker] { configuration.kafka.bootstrapServers = broker }
      return try KafkaProperties(configuration).admin()
    }
    guard let broker = parsed[broker] else {
      throw CommandError(
        description: "name the brokers: --config FILE of the daemon, or --broker HOST:PORT",
        exitStatus: UsageError.exitStatus)
    }
    return KafkaConfiguration(bootstrapServers: broker)
  }

  /// - Throws: where the daemon does not listen to it.
  static func controlTopic(
    _ parsed: Parsed, _ configuration: DaemonConfiguration?
  ) throws(CommandError) -> String {
    if let topic = parsed[control] { return topic }
    guard let section = configuration?.control else { return "forecastd-control" }
    guard section.isEnabled else {
      throw CommandError(
        description: "the daemon does not listen: its control_topic has enabled: false",
        exitStatus: CommandError.configurationStatus)
    }
    return section.topic
  }

  /// The options with which the same brokers and topics are found again.
  static func words(_ parsed: Parsed) -> String {
    var words = ""
    if let path = parsed[config] { words += " -c \(path)" }
    if let broker = parsed[broker] { words += " -b \(broker)" }
    if let topic = parsed[control] { words += " --control \(topic)" }
    return words
  }
}
