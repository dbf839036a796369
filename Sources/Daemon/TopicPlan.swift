package import Configuration
package import KafkaClient
import Pipeline

/// The topics that a configuration needs, and what is wrong with those a cluster has.
package struct TopicPlan: Sendable {
  /// What the daemon uses a topic for; its settings are checked for that.
  package enum Role: Sendable {
    case input
    /// The router's points: what the states can be rebuilt from.
    case points
    case output
  }

  package struct Topic: Sendable {
    package var name: String
    package var role: Role
    /// What it is made with; `nil` for inputs, which the daemon never makes.
    package var section: TopicSection?
  }

  package enum Finding: Sendable, Equatable {
    case fine(String)
    /// Made by the daemon, or to be made.
    case created(String)
    /// Works, but not as people will expect.
    case warning(String)
    /// The daemon cannot work like this.
    case problem(String)
  }

  package let topics: [Topic]
  private let longestWindow: Int64

  package init(_ configuration: DaemonConfiguration) {
    var topics = configuration.inputs.map { Topic(name: $0.topic, role: .input, section: nil) }
    if configuration.needsRouter {
      topics.append(
        Topic(name: configuration.points.topic, role: .points, section: configuration.points))
    }
    let outputs = configuration.outputs
    for section in [outputs.forecasts, outputs.anomalies, outputs.deadLetters, outputs.reports]
    where section.isEnabled {
      topics.append(Topic(name: section.topic, role: .output, section: section))
    }
    self.topics = topics
    longestWindow = configuration.pipeline.streams.map(\.windowMilliseconds).max() ?? 0
  }

  /// Looks at every topic and, if asked to, makes the daemon's own where they are missing.
  ///
  /// - Throws: where the cluster cannot be asked at all.
  package func review(
    _ admin: KafkaAdmin, creating: Bool
  ) throws(KafkaError) -> [(topic: Topic, finding: Finding)] {
    var findings: [(Topic, Finding)] = []
    var isAnswered = true
    for topic in topics {
      let description: TopicDescription?
      do throws(KafkaError) {
        description = try admin.describe(topic: topic.name)
      } catch {
        guard error.name.hasSuffix("AUTHORIZATION_FAILED") else { throw error }
        findings.append((topic, .problem("\(error)")))
        continue
      }
      if let description {
        findings += review(topic, description, admin, &isAnswered).map { (topic, $0) }
      } else {
        findings.append((topic, make(topic, admin, creating: creating)))
      }
    }
    return findings
  }

  private func make(_ topic: Topic, _ admin: KafkaAdmin, creating: Bool) -> Finding {
    guard let section = topic.section else {
      return .problem(
        "does not exist: create it, with as many partitions as the load needs, or correct its name")
    }
    let new = newTopic(topic, section)
    let settings = new.configuration.sorted { $0.key < $1.key }
    let recipe =
      "kafka-topics.sh --create --topic \(topic.name) --partitions \(new.partitionCount)"
      + settings.map { " --config \($0.key)=\($0.value)" }.joined()
    guard creating else { return .created("will be made: \(recipe)") }
    do throws(KafkaError) {
      try admin.create(new)
      return .created(
        "made with \(new.partitionCount) partitions, "
          + settings.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
    } catch {
      return .problem("is missing and could not be made: \(error). Make it with: \(recipe)")
    }
  }

  /// Points must survive a replay of old data, which brokers would delete by the records' own
  /// times.
  private func newTopic(_ topic: Topic, _ section: TopicSection) -> NewTopic {
    var settings = [
      "retention.ms": String(section.retention), "cleanup.policy": "delete",
    ]
    if topic.role == .points { settings["message.timestamp.type"] = "LogAppendTime" }
    return NewTopic(
      topic.name, partitionCount: Int(section.partitions),
      replicationFactor: section.replication < 0 ? nil : section.replication,
      configuration: settings)
  }

  private func review(
    _ topic: Topic, _ description: TopicDescription, _ admin: KafkaAdmin,
    _ isAnswered: inout Bool
  ) -> [Finding] {
    var findings: [Finding] = []
    if description.leaderlessPartitionCount > 0 {
      findings.append(
        .problem(
          "\(description.leaderlessPartitionCount) of its partitions have no leader: wait for the "
            + "cluster, or repair it"))
    }
    do throws(KafkaError) {
      if isAnswered {
        findings += review(topic, try admin.configuration(ofTopic: topic.name))
      } else {
        findings.append(.warning("its settings are not checked, since the broker gives no answer"))
      }
    } catch {
      // Brokers that do not know the request give no answer; a start must not wait for each topic.
      isAnswered = !error.name.hasSuffix("TIMED_OUT")
      findings.append(.warning("its settings cannot be read, so they are not checked: \(error)"))
    }
    if findings.isEmpty {
      findings.append(
        .fine(
          "\(description.partitionCount) partitions, replication \(description.replicationFactor)"))
    }
    return findings
  }

  private func review(_ topic: Topic, _ settings: TopicConfiguration) -> [Finding] {
    var findings: [Finding] = []
    switch topic.role {
    case .input: break
    case .points:
      if !settings.stampsAppendTime, settings.retentionMilliseconds != nil {
        findings.append(
          .warning(
            "stamps records with event time: replayed old points would be deleted at once; set "
              + "message.timestamp.type=LogAppendTime"))
      }
      if let retention = settings.retentionMilliseconds, retention < longestWindow {
        findings.append(
          .problem(
            "keeps records for \(ConfiguredDuration(milliseconds: retention)), less than the "
              + "longest window (\(ConfiguredDuration(milliseconds: longestWindow))): raise "
              + "retention.ms"))
      }
      if settings.isCompacted {
        findings.append(
          .problem("is compacted, which would lose points: set cleanup.policy=delete"))
      }
    case .output:
      if settings.isCompacted, !settings.isDeleted {
        findings.append(
          .warning("is compacted: only the newest record of each series is kept"))
      }
      if let retention = settings.retentionMilliseconds, !settings.stampsAppendTime {
        findings.append(
          .fine(
            "records are stamped with event time and deleted after "
              + "\(ConfiguredDuration(milliseconds: retention)): what is made from older data is "
              + "deleted within minutes"))
      }
    }
    return findings
  }
}
