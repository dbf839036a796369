/// A topic's settings as they apply, defaults included.
package struct TopicConfiguration: Sendable, Equatable {
  package let values: [String: String]

  /// How long records are kept; `nil` for ever.
  package var retentionMilliseconds: Int64? {
    values["retention.ms"].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
  }
  /// Whether the newest record of each key is kept for ever.
  package var isCompacted: Bool { policies.contains("compact") }
  /// Whether records are deleted once they are older than the retention.
  package var isDeleted: Bool { policies.contains("delete") }
  /// Whether the broker sets the timestamps (`LogAppendTime`).
  package var stampsAppendTime: Bool { values["message.timestamp.type"] == "LogAppendTime" }

  /// The largest batch of records that the topic takes.
  package var messageBytesMaximum: Int? { values["max.message.bytes"].flatMap { Int($0) } }

  private var policies: [Substring] { (values["cleanup.policy"] ?? "").split(separator: ",") }
}
