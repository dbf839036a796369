package import TimeSeries

/// Settings of a topic that the daemon writes. It is created with them if it is missing.
package struct TopicSection: Sendable, Equatable {
  package var isEnabled = true
  package var topic: String
  package var partitions: Int32
  /// The replication factor; -1 for the broker's default.
  package var replication: Int
  package var retention: Milliseconds
}

/// The keys that every topic section has.
private struct TopicFields: Decodable {
  var enabled: Bool?
  var topic: String?
  var partitions: Int32?
  var replication: Int?
  var retention: Milliseconds?

  enum CodingKeys: String, CodingKey { case enabled, topic, partitions, replication, retention }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    enabled = try container.decodeIfPresent(Bool.self, forKey: .enabled)
    topic = try container.decodeIfPresent(String.self, forKey: .topic)
    if let topic, !Self.isTopicName(topic) {
      throw container.impossible(
        .topic, "'\(topic)' is not a topic's name: 1 to 249 of letters, digits, '.', '_' and '-'")
    }
    partitions = try container.decodeIfPresent(Int32.self, forKey: .partitions)
    if let partitions, !(1...10_000).contains(partitions) {
      throw container.impossible(.partitions, "\(partitions) is not from 1 to 10000")
    }
    replication = try container.decodeIfPresent(Int.self, forKey: .replication)
    if let replication, replication != -1, !(1...100).contains(replication) {
      throw container.impossible(
        .replication, "\(replication) is neither -1 (the broker's default) nor from 1 to 100")
    }
    retention = try container.decodeIfPresent(ConfiguredDuration.self, forKey: .retention)?
      .milliseconds
  }

  private static func isTopicName(_ name: String) -> Bool {
    (1...249).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension KeyedDecodingContainer {
  func topic(_ key: Key, default value: TopicSection) throws -> TopicSection {
    guard let fields = try decodeIfPresent(TopicFields.self, forKey: key) else { return value }
    return TopicSection(
      isEnabled: fields.enabled ?? value.isEnabled, topic: fields.topic ?? value.topic,
      partitions: fields.partitions ?? value.partitions,
      replication: fields.replication ?? value.replication,
      retention: fields.retention ?? value.retention)
  }
}

extension KeyedDecodingContainer {
  /// `control_topic:` — a compacted topic of one partition, which keeps its records for ever.
  func controlTopic(_ key: Key) throws -> TopicSection {
    let section = try topic(key, default: .control)
    guard section.partitions == 1 else {
      throw impossible(key, "must have one partition, in which its records have one order")
    }
    guard section.retention == TopicSection.control.retention else {
      throw impossible(key, "has no retention: its records hold until they are taken back")
    }
    return section
  }
}

extension TopicSection {
  fileprivate static let control = TopicSection(
    topic: "forecastd-control", partitions: 1, replication: -1, retention: 0)
}

/// `outputs:` — the topics of forecasts, anomalies, dead letters and reports.
package struct OutputsSection: Decodable, Sendable, Equatable {
  private static let day: Milliseconds = 86_400_000

  package var forecasts = TopicSection(
    topic: "forecasts", partitions: 4, replication: -1, retention: 7 * day)
  package var anomalies = TopicSection(
    topic: "anomalies", partitions: 4, replication: -1, retention: 30 * day)
  package var deadLetters = TopicSection(
    topic: "forecastd-dead-letters", partitions: 1, replication: -1, retention: 7 * day)
  package var reports = TopicSection(
    topic: "forecastd-reports", partitions: 1, replication: -1, retention: 90 * day)

  enum CodingKeys: String, CodingKey {
    case forecasts, anomalies, reports
    case deadLetters = "dead_letters"
  }

  package init() {}

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    forecasts = try container.topic(.forecasts, default: forecasts)
    anomalies = try container.topic(.anomalies, default: anomalies)
    deadLetters = try container.topic(.deadLetters, default: deadLetters)
    reports = try container.topic(.reports, default: reports)
    for (key, section) in [(CodingKeys.forecasts, forecasts), (.anomalies, anomalies)]
    where !section.isEnabled {
      throw container.impossible(
        key,
        "cannot be disabled: it is what the daemon is for (anomalies: enabled: false in a "
          + "stream turns the detector off)")
    }
  }
}
