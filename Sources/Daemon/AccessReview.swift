package import Configuration
package import KafkaClient
import Pipeline

/// Finds the permissions that the daemon lacks before it starts: a topic that may not be read or written,
/// a group that may not be used.
package struct AccessReview: Sendable {
  private let configuration: DaemonConfiguration
  private let properties: KafkaProperties
  private let probe = AccessProbe()

  package init(_ configuration: DaemonConfiguration, _ properties: KafkaProperties) {
    self.configuration = configuration
    self.properties = properties
  }

  /// A problem for each missing permission. A topic whose settings may not be read is not checked for
  /// writing: its first record finds out.
  ///
  /// - Throws: if a client cannot be made.
  package func review(
    _ topics: TopicPlan.Review
  ) throws(KafkaError) -> [(topic: TopicPlan.Topic, finding: TopicPlan.Finding)] {
    var findings: [(TopicPlan.Topic, TopicPlan.Finding)] = []
    let routed = Set(configuration.routerInputs.map(\.topic))
    let known = Set(topics.findings.filter { $0.finding.isThere }.map(\.topic.name))
    for topic in TopicPlan(configuration).topics where known.contains(topic.name) {
      if topic.role != .output {
        let isRouted = routed.contains(topic.name)
        let consumer = properties.consumer(group: isRouted ? "-router" : "", member: "probe")
        if let denial = try probe.reading(topic.name, consumer) {
          findings.append((topic, .problem("may not be read: \(denial)")))
        }
      }
      // Operators write the control topic, with rights of their own.
      let isWritten = topic.role == .points || topic.role == .output
      if isWritten, let bytes = topics.settings[topic.name]?.messageBytesMaximum {
        let producer = properties.producer(member: "probe")
        if let denial = try probe.writing(topic.name, bytesMaximum: bytes, producer) {
          findings.append((topic, .problem("may not be written: \(denial)")))
        }
      }
    }
    return findings
  }
}

extension TopicPlan.Finding {
  /// Whether the topic is there and may be looked at.
  fileprivate var isThere: Bool {
    switch self {
    case .fine, .created, .warning: true
    case .missing, .problem: false
    }
  }
}
