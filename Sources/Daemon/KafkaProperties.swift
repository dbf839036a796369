package import Configuration
package import KafkaClient
import Pipeline

/// The properties of a daemon's Kafka clients. They are those of the configuration, except for the
/// few on which the daemon's guarantees depend.
package struct KafkaProperties: Sendable {
  private let section: KafkaSection
  private let group: String
  private let instance: String
  private let isTransactional: Bool
  private let transactionTimeoutMilliseconds: Int64
  /// Properties for secrets: values that were read from files, and the path of the key file.
  private var secrets: [(name: String, value: String, setting: String)] = []

  /// - Throws: if a file with a secret cannot be read.
  package init(_ configuration: DaemonConfiguration) throws(SecretFileError) {
    section = configuration.kafka
    group = configuration.group
    instance = configuration.instance ?? hostName()
    isTransactional = configuration.delivery == .exactlyOnce
    transactionTimeoutMilliseconds = configuration.transactionTimeoutMilliseconds
    for (name, file, key) in [
      ("sasl.password", section.saslPasswordFile, "sasl_password_file"),
      ("ssl.key.password", section.sslKeyPasswordFile, "ssl_key_password_file"),
    ] {
      guard let file else { continue }
      let setting = "kafka." + key
      secrets.append((name, try SecretFile.text(file, setting: setting), setting))
    }
    if let file = section.sslKeyFile {
      let setting = "kafka.ssl_key_file"
      secrets.append(("ssl.key.location", try SecretFile.path(file, setting: setting), setting))
    }
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
    apply(section.consumerProperties, of: "consumer_properties", to: &configuration)
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
    apply(section.producerProperties, of: "producer_properties", to: &configuration)
    configuration["partitioner"] = "murmur2_random"
    if isTransactional { configuration.transactionalID = "\(group)-\(instance)-\(member)" }
    return configuration
  }

  private func base() -> KafkaConfiguration {
    var configuration = KafkaConfiguration(bootstrapServers: section.bootstrapServers)
    configuration["socket.nagle.disable"] = "true"
    apply(section.properties, of: "properties", to: &configuration)
    for (name, value, setting) in secrets {
      configuration[name] = value
      configuration.note(setting: setting, of: name)
    }
    return configuration
  }

  private func apply(
    _ properties: [String: String], of key: String, to configuration: inout KafkaConfiguration
  ) {
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
      configuration[name] = value
      configuration.note(setting: "kafka.\(key).\(name)", of: name)
    }
  }
}
