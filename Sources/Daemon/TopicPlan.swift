package import Configuration
package import KafkaClient
import Pipeline

/// The topics that a configuration needs. `review` finds what is wrong with those of a cluster.
package struct TopicPlan: Sendable {
  /// The use of a topic, by which its settings are checked.
  package enum Role: Sendable {
    case input
    /// The points topic of the router, from which states can be rebuilt.
    case points
    /// What operators say; the daemon only reads it.
    case control
    case output
  }

  package struct Topic: Sendable {
    package var name: String
    package var role: Role
    /// The settings for its creation; `nil` for inputs, which the daemon never creates.
    package var section: TopicSection?
  }

  package enum Finding: Sendable, Equatable {
    case fine(String)
    /// The daemon has created the topic.
    case created(String)
    /// The daemon would create the topic.
    case missing(String)
    /// The topic works, but not as users would expect.
    case warning(String)
    /// The daemon cannot work with the topic as it is.
    case problem(String)
  }

  /// What `review` has found.
  package struct Review: Sendable {
    package var findings: [(topic: Topic, finding: Finding)] = []
    /// The settings of the topics by name, of those whose settings may be read.
    package var settings: [String: TopicConfiguration] = [:]

    var hasProblem: Bool {
      findings.contains { if case .problem = $0.finding { true } else { false } }
    }
  }

  package let topics: [Topic]
  private let longestWindow: Int64

  package init(_ configuration: DaemonConfiguration) {
    var topics = configuration.inputs.map { Topic(name: $0.topic, role: .input, section: nil) }
    if configuration.needsRouter {
      topics.append(
        Topic(name: configuration.points.topic, role: .points, section: configuration.points))
    }
    if configuration.control.isEnabled {
      topics.append(
        Topic(name: configuration.control.topic, role: .control, section: configuration.control))
    }
    let outputs = configuration.outputs
    for section in [outputs.forecasts, outputs.anomalies, outputs.deadLetters, outputs.reports]
    where section.isEnabled {
      topics.append(Topic(name: section.topic, role: .output, section: section))
    }
    self.topics = topics
    longestWindow = configuration.pipeline.streams.map(\.windowMilliseconds).max() ?? 0
  }

  /// Checks every topic, the inputs first. If `creating`, the daemon's own topics are created if they
  /// are missing, unless a topic before them has a problem: a daemon that cannot start leaves nothing
  /// behind.
  ///
  /// - Throws: if the cluster cannot be asked.
  package func review(
    _ admin: KafkaAdmin, creating: Bool
  ) throws(KafkaError) -> Review {
    var review = Review()
    var isAnswered = true
    for topic in topics {
      let description: TopicDescription?
      do throws(KafkaError) {
        description = try admin.describe(topic: topic.name)
      } catch {
        guard error.name.hasSuffix("AUTHORIZATION_FAILED") else { throw error }
        review.findings.append((topic, .problem("\(error)")))
        continue
      }
      if let description {
        let settings = Self.settings(of: topic, admin, &isAnswered)
        review.findings += examine(topic, description, settings).map { (topic, $0) }
        if case .success(let settings) = settings { review.settings[topic.name] = settings }
      } else {
        let finding = make(topic, admin, creating: creating && !review.hasProblem)
        review.findings.append((topic, finding))
        if case .created = finding,
          case .success(let settings) = Self.settings(of: topic, admin, &isAnswered)
        {
          review.settings[topic.name] = settings
        }
      }
    }
    return review
  }

  /// - Parameter isAnswered: a broker that does not know the request gives no answer. A start must not
  ///   wait for it once for each topic.
  private static func settings(
    of topic: Topic, _ admin: KafkaAdmin, _ isAnswered: inout Bool
  ) -> Result<TopicConfiguration, Unread> {
    guard isAnswered else { return .failure(Unread(reason: "the broker gives no answer")) }
    do throws(KafkaError) {
      return .success(try admin.configuration(ofTopic: topic.name))
    } catch {
      isAnswered = !error.name.hasSuffix("TIMED_OUT")
      return .failure(Unread(reason: "\(error)"))
    }
  }

  private struct Unread: Error {
    let reason: String
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
    guard creating else { return .missing("will be made: \(recipe)") }
    do throws(KafkaError) {
      try admin.create(new)
      return .created(
        "made with \(new.partitionCount) partitions, "
          + settings.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))
    } catch {
      return .problem("is missing and could not be made: \(error). Make it with: \(recipe)")
    }
  }

  /// How long compaction leaves a record of the control topic that a later one has replaced, and the mark
  /// of one that was taken back: a state that is older than that is not replayed exactly.
  private static let compactionLag = "604800000"

  /// The topic to create. The broker stamps the records of the points topic, so that retention
  /// counts from the time at which they were appended, and those of the control topic, so that no clock
  /// but its own says when they came.
  private func newTopic(_ topic: Topic, _ section: TopicSection) -> NewTopic {
    var settings: [String: String]
    switch topic.role {
    case .control:
      settings = [
        "cleanup.policy": "compact", "min.compaction.lag.ms": Self.compactionLag,
        "delete.retention.ms": Self.compactionLag, "message.timestamp.type": "LogAppendTime",
      ]
    case .points, .input, .output:
      settings = ["retention.ms": String(section.retention), "cleanup.policy": "delete"]
      if topic.role == .points { settings["message.timestamp.type"] = "LogAppendTime" }
    }
    return NewTopic(
      topic.name, partitionCount: Int(section.partitions),
      replicationFactor: section.replication < 0 ? nil : section.replication,
      configuration: settings)
  }

  private func examine(
    _ topic: Topic, _ description: TopicDescription,
    _ settings: Result<TopicConfiguration, Unread>
  ) -> [Finding] {
    var findings: [Finding] = []
    if description.leaderlessPartitionCount > 0 {
      findings.append(
        .problem(
          "\(description.leaderlessPartitionCount) of its partitions have no leader: wait for the "
            + "cluster, or repair it"))
    }
    if topic.role == .control, description.partitionCount != 1 {
      findings.append(
        .problem(
          "has \(description.partitionCount) partitions, but must have one, in which its records have "
            + "one order"))
    }
    switch settings {
    case .success(let settings): findings += examine(topic, settings)
    case .failure(let unread):
      findings.append(
        .warning("its settings cannot be read, so they are not checked: \(unread.reason)"))
    }
    if findings.isEmpty {
      findings.append(
        .fine(
          "\(description.partitionCount) partitions, replication \(description.replicationFactor)"))
    }
    return findings
  }

  private func examine(_ topic: Topic, _ settings: TopicConfiguration) -> [Finding] {
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
    case .control:
      if !settings.isCompacted || settings.isDeleted {
        findings.append(
          .warning(
            "deletes records by their age, and feedback and maintenance windows with them: set "
              + "cleanup.policy=compact"))
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
