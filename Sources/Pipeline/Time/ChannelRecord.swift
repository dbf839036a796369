package import TimeSeries

/// A record of the points topic that says how far the channels of a router are.
///
/// It has no value, and all its content in the key: a zero byte, which begins no series key, the
/// version `c1`, and for each channel a space and `topic/partition=time`. A channel without a time is
/// named before anything is known of it.
///
/// Readers of before this record make a dead letter of it (`malformed`) and go on. Later ones pass over
/// what begins with a zero byte and has a version that they don't know.
package enum ChannelRecord {
  package struct Entry: Equatable, Sendable {
    /// `topic/partition`
    package var channel: String
    package var through: Milliseconds?

    package init(channel: String, through: Milliseconds?) {
      self.channel = channel
      self.through = through
    }
  }

  private static let start = Array("\0c1".utf8)

  package static func key(_ entries: [Entry]) -> [UInt8] {
    var key = start
    for entry in entries {
      key += " \(entry.channel)=\(entry.through.map(String.init) ?? "")".utf8
    }
    return key
  }

  /// Whether the record has no points, but says something about the topic.
  static func isControl(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
    value.isEmpty && key.first == 0
  }

  /// - Returns: `nil` if it is a record of another version.
  package static func entries(key: UnsafeRawBufferPointer) -> [Entry]? {
    guard key.starts(with: start) else { return nil }
    return String(decoding: key.dropFirst(start.count), as: UTF8.self).split(separator: " ")
      .compactMap { field in
        guard let equals = field.lastIndex(of: "=") else { return nil }
        return Entry(
          channel: String(field[..<equals]),
          through: Milliseconds(field[field.index(after: equals)...]))
      }
  }
}

extension PartitionID {
  /// The name of the partition as a channel.
  package var channel: String { "\(topic)/\(partition)" }
}
