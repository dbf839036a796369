package import Configuration
package import KafkaClient
import Pipeline
package import ServiceManager

/// The properties of a daemon's Kafka clients. They are those of the configuration, except for the
/// few on which the daemon's guarantees depend.
package struct KafkaProperties: Sendable {
  private let section: KafkaSection
  private let group: String
  private let instance: String
  private let isTransactional: Bool
  private let transactionTimeoutMilliseconds: Int64
  /// Properties for secrets: values that were read from files, and the path of the key file.
  private let secrets: [(name: String, value: String)]

  /// - Throws: if a file with a secret cannot be read.
  package init(_ configuration: DaemonConfiguration) throws(ServiceManagerError) {
    section = configuration.kafka
    group = configuration.group
    instance = configuration.instance ?? hostName()
    isTransactional = configuration.delivery == .exactlyOnce
    transactionTimeoutMilliseconds = configuration.transactionTimeoutMilliseconds
    var secrets: [(String, String)] = []
    for (name, file) in [
      ("sasl.password", section.saslPasswordFile), ("ssl.key.password", section.sslKeyPasswordFile),
    ] {
      if let file { secrets.append((name, try SecretFile.text(file))) }
    }
    if let file = section.sslKeyFile {
      secrets.append(("ssl.key.location", try SecretFile.path(file)))
    }
    self.secrets = secrets
  }

  /// Properties of the client for topics and permissions.
  package func admin() -> KafkaConfiguration {
    var configuration = base()
    configuration.clientID = "forecastd-admin"
    return configuration
  }

  /// - Parameter member: name of the member within the process: `worker-0` or `router`.
  package func consumer(group suffix: String = "", member: String) -> KafkaConfiguration {
    var configuration = base()
    configuration.clientID = "forecastd-\(member)"
    configuration["fetch.wait.max.ms"] = "20"
    configuration["fetch.error.backoff.ms"] = "20"
    // For an offset that retention has deleted. Where a new group begins is the worker's choice.
    configuration["auto.offset.reset"] = "earliest"
    apply(section.consumerProperties, to: &configuration)
    configuration.groupID = group + suffix
    // A restart within the session timeout gets the same partitions back without a rebalance.
    configuration.groupInstanceID = "\(instance)-\(member)"
    configuration["enable.partition.eof"] = "true"
    configuration["isolation.level"] = "read_committed"
    configuration["partition.assignment.strategy"] = "range,roundrobin"
    return configuration
  }

  package func producer(member: String) -> KafkaConfiguration {
    var configuration = base()
    configuration.clientID = "forecastd-\(member)"
    configuration["compression.type"] = "lz4"
    configuration["linger.ms"] = "5"
    if isTransactional {
      configuration["transaction.timeout.ms"] = String(transactionTimeoutMilliseconds)
    }
    apply(section.producerProperties, to: &configuration)
    configuration["partitioner"] = "murmur2_random"
    if isTransactional { configuration.transactionalID = "\(group)-\(instance)-\(member)" }
    return configuration
  }

  private func base() -> KafkaConfiguration {
    var configuration = KafkaConfiguration(bootstrapServers: section.bootstrapServers)
    configuration["socket.nagle.disable"] = "true"
    apply(section.properties, to: &configuration)
    for (name, value) in secrets { configuration[name] = value }
    return configuration
  }

  private func apply(_ properties: [String: String], to configuration: inout KafkaConfiguration) {
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) { configuration[name] = value }
  }
}
