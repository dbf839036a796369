import CLibrdkafka

/// The librdkafka this process is linked with.
package enum KafkaLibrary {
  /// `0xMMmmrrpp`: major, minor, revision, and pre-release number (`0xff` for a release).
  package static var version: Int { Int(rd_kafka_version()) }

  /// For example `2.0.2`.
  package static var versionText: String { String(cString: rd_kafka_version_str()) }

  /// Whether SCRAM logins of this version fail on Kafka 4 with "invalid credentials" even for the
  /// right password, because the client repeats its nonce.
  /// - Source: confluentinc/librdkafka#4895, fixed in 2.6.1.
  package static var scramIsRefusedByKafka4: Bool { version >> 8 < 0x020601 }
}
