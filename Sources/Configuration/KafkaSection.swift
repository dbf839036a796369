/// `kafka:` — the brokers, the properties of the clients, and the files with secrets.
package struct KafkaSection: Decodable, Sendable {
  package var bootstrapServers: String
  package var properties: [String: String]
  package var consumerProperties: [String: String]
  package var producerProperties: [String: String]
  package var saslPasswordFile: String?
  package var sslKeyFile: String?
  package var sslKeyPasswordFile: String?

  /// `transaction.timeout.ms`, if the producers' properties set it.
  var transactionTimeout: String? {
    let name = "transaction.timeout.ms"
    return producerProperties[name] ?? properties[name]
  }

  enum CodingKeys: String, CodingKey {
    case bootstrapServers = "bootstrap_servers"
    case properties
    case consumerProperties = "consumer_properties"
    case producerProperties = "producer_properties"
    case saslPasswordFile = "sasl_password_file"
    case sslKeyFile = "ssl_key_file"
    case sslKeyPasswordFile = "ssl_key_password_file"
  }

  /// Properties that contain secrets, and where those belong instead.
  private static let secrets = [
    "sasl.password": "sasl_password_file", "ssl.key.password": "ssl_key_password_file",
    "ssl.key.pem": "ssl_key_file", "ssl.keystore.password": "a keystore without one",
    "sasl.oauthbearer.client.secret": "a token handler",
  ]
  /// Properties that the daemon sets itself, because delivery and state depend on them, and the key
  /// to set instead.
  private static let ours = [
    "group.id": "group", "group.instance.id": "instance", "transactional.id": "group",
    "enable.auto.commit": "delivery", "enable.auto.offset.store": "delivery",
    "partition.assignment.strategy": "nothing: the daemon's states need eager assignment",
    "isolation.level": "nothing: the daemon reads committed records only",
    "partitioner": "nothing: subscribers rely on murmur2",
    "bootstrap.servers": "bootstrap_servers",
  ]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    bootstrapServers = try container.decode(String.self, forKey: .bootstrapServers)
    guard !bootstrapServers.isEmpty else {
      throw container.impossible(.bootstrapServers, "is empty: name host:port of a broker")
    }
    properties = try container.value(.properties, default: [:])
    consumerProperties = try container.value(.consumerProperties, default: [:])
    producerProperties = try container.value(.producerProperties, default: [:])
    saslPasswordFile = try container.decodeIfPresent(String.self, forKey: .saslPasswordFile)
    sslKeyFile = try container.decodeIfPresent(String.self, forKey: .sslKeyFile)
    sslKeyPasswordFile = try container.decodeIfPresent(String.self, forKey: .sslKeyPasswordFile)
    for (key, section) in [
      (CodingKeys.properties, properties), (.consumerProperties, consumerProperties),
      (.producerProperties, producerProperties),
    ] {
      for name in section.keys.sorted() {
        if let place = Self.secrets[name] {
          throw container.impossible(
            key, "'\(name)' is a secret and does not belong in a configuration: use \(place)")
        }
        if let place = Self.ours[name] {
          throw container.impossible(key, "'\(name)' is the daemon's own: set \(place)")
        }
      }
    }
  }
}
